"""Credentials: the definition names environment variables, and only the environment holds the values."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from benchmarking.collect.source import SourceDown
from benchmarking.errors import DefinitionError

VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")


def read_credentials(where: str, names: Mapping[str, str], required: tuple[str, ...]) -> dict[str, str]:
    """Give each credential's value from the environment variable that the source names for it.

    Args:
        names: credential to variable name, such as {"token": "KOBO_TOKEN"}.
        required: credentials that must be named.

    Raises:
        DefinitionError: a required one is not named, or a name looks like the secret itself.
        SourceDown: a named variable is not set; the other sources can still be read.
    """
    missing = [name for name in required if name not in names]
    if missing:
        raise DefinitionError(
            f"credentials miss {', '.join(missing)}.", where, f"Add credentials: {{{missing[0]}: NAME_OF_A_VARIABLE}}."
        )
    wrong = [name for name, variable in names.items() if not VARIABLE.match(str(variable))]
    if wrong:
        # The value is not repeated: it may be the secret.
        raise DefinitionError(
            f"credentials.{wrong[0]} is no name of an environment variable.", where, "Name one such as SURVEY_PASSWORD."
        )
    unset = [variable for variable in names.values() if not os.environ.get(variable)]
    if unset:
        raise SourceDown(f"the environment variable {unset[0]} is not set.", where, "Set it; the next run catches up.")
    return {name: os.environ[variable] for name, variable in names.items()}


def told(names: Mapping[str, str]) -> str:
    """Name the variables in a sentence."""
    return " and ".join(names.values()) or "the credentials"
