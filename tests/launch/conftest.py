"""A state folder per test, and one throw-away PostgreSQL per module."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aims.launch.places import Place, servers_folder, throwaway_place
from aims.launch.postgres import Cluster

GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORT")
OURS = "AIMS_"


@pytest.fixture(autouse=True, scope="module")
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """These tests start servers of their own, beside those that the suite runs on."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        use(patch, folder)
        yield
    shutil.rmtree(servers_folder(folder), ignore_errors=True)


def use(patch: pytest.MonkeyPatch, state: Path) -> None:
    """As if nothing had been set: the suite itself may run on servers and roles that the operator gave."""
    for name in list(os.environ):
        if name in GIVEN or name.startswith(OURS):
            patch.delenv(name)
    patch.setenv("AIMS_STATE", str(state))


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder for one test."""
    use(monkeypatch, tmp_path / "state")
    yield tmp_path / "state"
    shutil.rmtree(servers_folder(tmp_path / "state"), ignore_errors=True)


@pytest.fixture(scope="module")
def place(state_of_its_own: None) -> Iterator[Place]:
    with throwaway_place("launch-tests") as place:
        yield place


@pytest.fixture(scope="module")
def cluster(place: Place) -> Iterator[Cluster]:
    cluster = Cluster(place, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()
