"""Homes for end-to-end tests: one finished once, copied for every test that changes it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.house import FILES, FORMATS, House

# Another hash seed, another clock, and all formats whichever tests come first.
ENVIRONMENT = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "MARKET_RESEARCH_FORMATS": ",".join(FORMATS)}
INDUSTRY = "streams"
LITTLE = "timber"


@pytest.fixture
def new_house(tmp_path: Path, models_folder: Path) -> Callable[[str], House]:
    """Makes empty homes that share the embedding model's graph."""

    def make(name: str) -> House:
        root = tmp_path / name
        root.mkdir()
        (root / "models").symlink_to(models_folder)
        return House(root)

    return make


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> House:
    """A home with a finished industry and a little one, made by the command line. Tests must not change it."""
    root = tmp_path_factory.mktemp("finished") / "home"
    root.mkdir()
    (root / "models").symlink_to(models_folder)
    house = House(root)
    house.define(INDUSTRY)
    house.put(INDUSTRY, *FILES)
    house.put_little(LITTLE)
    house.cli("run", "--industry", INDUSTRY, "--industry", LITTLE, env=ENVIRONMENT)
    return house


@pytest.fixture
def house(finished: House, tmp_path: Path) -> House:
    """A copy of the finished home, to be changed."""
    root = tmp_path / "home"
    shutil.copytree(finished.root, root, symlinks=True)
    return House(root)
