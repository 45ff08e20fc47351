"""Fixtures that every kind of test shares: one programme reading, one fresh warehouse."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarking.catalog import Programme, load_programme
from benchmarking.settings import ROOT, Settings, load_settings
from benchmarking.warehouse import Warehouse


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load_programme(ROOT)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"BENCHMARKING_DATA": str(tmp_path / "data"), "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"})


@pytest.fixture
def warehouse(settings: Settings, programme: Programme) -> Warehouse:
    return Warehouse(settings, programme)
