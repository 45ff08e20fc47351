"""How an amount of a currency is written."""

from __future__ import annotations


def currency_sign(code: str) -> str:
    """Give what stands before an amount: "£" for GBP, "CHF " where the currency has no sign of its own.

    Source: the Unicode CLDR's English data, through Babel.
    """
    from babel.numbers import get_currency_symbol

    sign = get_currency_symbol(code, locale="en")
    return f"{sign} " if sign[-1:].isalpha() else sign
