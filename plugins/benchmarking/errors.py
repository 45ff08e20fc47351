"""Errors that say what happened, where, and what to do."""


class BenchmarkingError(Exception):
    """What went wrong, where it is, and what to do about it; the base of every error raised on purpose."""

    def __init__(self, what: str, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.do}" if self.do else ""
        return f"{place}{self.what}{advice}"

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        # An error crosses process borders (a parsing child, an Airflow task) without losing its parts.
        return type(self), (self.what, self.where, self.do)


class DefinitionError(BenchmarkingError):
    """A programme, questionnaire, rule or measure is not well defined."""


class SettingsError(BenchmarkingError):
    """An environment setting cannot be used."""


class WarehouseError(BenchmarkingError):
    """A table is missing or does not have its declared columns."""


class ErasedVersion(WarehouseError):
    """An older version of a table is gone, since an agency's words stood in it."""


class StaleRead(WarehouseError):
    """Rows were decided on a version of a table that is no longer the newest: decide again and retry."""


class UnbalancedCount(BenchmarkingError):
    """Received is not accepted + parked + rejected + duplicate."""
