"""A small made-up release in a fresh warehouse, whose calendar has come."""

from __future__ import annotations

from pathlib import Path

import pytest

import release_content
from benchmarking.publish import Approval
from benchmarking.publish.content import Content
from benchmarking.settings import Settings
from benchmarking.warehouse import Warehouse


@pytest.fixture
def content() -> Content:
    return release_content.make_small_content()


@pytest.fixture
def approval(settings: Settings) -> Approval:
    return Approval(by="Release test", at=settings.now(), how="in a test")


@pytest.fixture
def stored(warehouse: Warehouse, content: Content) -> Warehouse:
    release_content.store(warehouse, content)
    return warehouse


@pytest.fixture
def releases(warehouse: Warehouse) -> Path:
    return warehouse.folder("releases")
