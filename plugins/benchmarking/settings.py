"""Settings of one installation, read from the environment in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarking.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a stranger's file may cost; sizes in bytes, times in seconds of processor time.

    Each is set by `BENCHMARKING_LIMIT_<NAME>`, for example `BENCHMARKING_LIMIT_FILE_BYTES`.
    """

    file_bytes: int = 10 * MEBIBYTE
    unzipped_bytes: int = 100 * MEBIBYTE
    zip_ratio: int = 200
    sheets: int = 50
    rows: int = 1_100_000
    columns: int = 2_000
    parse_seconds: int = 60
    parse_memory_bytes: int = 1024 * MEBIBYTE

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Limits:
        """Take each limit from the environment, or its default.

        Raises:
            SettingsError: a limit is not a positive whole number.
        """
        values = {}
        for name in cls.__dataclass_fields__:
            key = f"BENCHMARKING_LIMIT_{name.upper()}"
            text = environment.get(key, "")
            if text and (not text.isdigit() or int(text) == 0):
                raise SettingsError(f"'{text}' is not a positive whole number.", key, "Give one, or unset it.")
            if text:
                values[name] = int(text)
        return cls(**values)


@dataclass(frozen=True)
class Settings:
    """Where things lie and what they may cost.

    `data` holds inbox, received bytes, receipts and releases; `warehouse_url` is a folder or an object-store
    URL for the Delta tables, with `storage_options` as delta-rs takes them.
    """

    data: Path
    warehouse_url: str
    programmes: tuple[Path, ...]
    storage_options: dict[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    threads: int | None = None
    fixed_now: datetime | None = None

    def now(self) -> datetime:
        """Give the time now in UTC; `BENCHMARKING_NOW` fixes it for rehearsals."""
        return self.fixed_now or datetime.now(UTC)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a value cannot be used; the sentence names the variable.
    """
    env = os.environ if environment is None else environment
    data = Path(env.get("BENCHMARKING_DATA") or ROOT / "data").resolve()
    return Settings(
        data=data,
        warehouse_url=(env.get("BENCHMARKING_WAREHOUSE") or str(data / "warehouse")).rstrip("/"),
        programmes=_programme_folders(env.get("BENCHMARKING_PROGRAMMES", "")),
        storage_options=_storage_options(env),
        limits=Limits.read(env),
        threads=_threads(env.get("BENCHMARKING_THREADS", "")),
        fixed_now=_moment(env.get("BENCHMARKING_NOW", "")),
    )


def _programme_folders(text: str) -> tuple[Path, ...]:
    names = [name for name in text.split(os.pathsep) if name]
    if not names:
        examples = sorted(path.parent for path in ROOT.glob("examples/*/programme.yaml"))
        return (ROOT, *examples)
    return tuple((ROOT / name).resolve() for name in names)


def _storage_options(env: Mapping[str, str]) -> dict[str, str]:
    prefix = "BENCHMARKING_STORAGE_"
    return {key.removeprefix(prefix): value for key, value in env.items() if key.startswith(prefix) and value}


def _threads(text: str) -> int | None:
    if not text:
        return None
    if not text.isdigit() or int(text) == 0:
        raise SettingsError(f"'{text}' is not a number of threads.", "BENCHMARKING_THREADS", "Give 1 or more.")
    return int(text)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SettingsError(
            f"'{text}' is not a moment with a zone.", "BENCHMARKING_NOW", "Give one such as 2026-11-02T09:30:00+00:00."
        )
    return moment.astimezone(UTC)
