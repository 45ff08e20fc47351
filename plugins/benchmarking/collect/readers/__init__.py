"""Readers: bytes of a stranger in, rows of text out; nothing is typed and nothing is guessed here."""

from benchmarking.collect.readers.dispatch import read_all

__all__ = ["read_all"]
