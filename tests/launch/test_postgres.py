"""The embedded PostgreSQL after crashes, and when the launcher is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from aims.launch import places
from aims.launch.databases import connect
from aims.launch.messages import LaunchError
from aims.launch.places import Place, throwaway_place
from aims.launch.postgres import Cluster, is_server_of
from aims.launch.valkey import Broker, unusable


def test_it_starts_again_after_a_crash_with_what_was_committed(place: Place) -> None:
    cluster = Cluster(place)
    cluster.start()
    with connect(cluster.admin_url) as admin:
        admin.execute("CREATE TABLE kept (id int)")
    assert cluster.child is not None
    cluster.child.kill()
    cluster.child.wait()
    assert (cluster.data / "postmaster.pid").exists()
    again = Cluster(place)
    again.start()
    with connect(again.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    again.stop()
    assert not (again.data / "postmaster.pid").exists()


def test_a_process_file_that_names_another_program_is_removed(place: Place) -> None:
    cluster = Cluster(place)
    pid_file = cluster.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{cluster.data}\n")
    assert not is_server_of(os.getpid(), cluster.data)
    cluster.clear_stale_process()
    assert not pid_file.exists()


def test_a_cluster_that_was_cut_short_is_made_anew() -> None:
    with throwaway_place("half") as place:
        cluster = Cluster(place, durable=False)
        (cluster.data.with_name("database.new") / "base").mkdir(parents=True)
        cluster.data.mkdir()
        cluster.start()
        cluster.stop()


def test_data_of_another_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    places.secret(place, "postgres")
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "PG_VERSION").write_text("9\n")
    with pytest.raises(LaunchError, match=r"PostgreSQL 9 .*--reset"):
        Cluster(place).start()


def test_a_database_whose_state_folder_was_removed_is_set_aside(capsys: pytest.CaptureFixture[str]) -> None:
    with throwaway_place("orphan") as place:
        cluster = Cluster(place, durable=False)
        cluster.start()
        cluster.stop()
        (place.state / "secrets.json").unlink()
        again = Cluster(place, durable=False)
        again.start()
        again.stop()
        assert "set aside" in capsys.readouterr().err
        assert (place.servers / "database.old" / "PG_VERSION").exists()


def test_a_password_that_does_not_fit_is_named_at_once() -> None:
    with throwaway_place("password") as place:
        cluster = Cluster(place, durable=False)
        cluster.start()
        cluster.stop()
        (place.state / "secrets.json").write_text('{"postgres": "another"}')
        with pytest.raises(LaunchError, match="--reset"):
            Cluster(place, durable=False).start()


def test_the_server_ends_when_the_launcher_is_killed() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a child that its parent has died")
    with throwaway_place("killed") as place:
        program = (
            "import sys, time; from pathlib import Path\n"
            "from aims.launch.places import Place; from aims.launch.postgres import Cluster\n"
            f"cluster = Cluster(Place(Path({str(place.state)!r}), Path({str(place.servers)!r})), durable=False)\n"
            "cluster.start(); print(cluster.child.pid, flush=True); time.sleep(60)"
        )
        launcher = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            cwd=places.CHECKOUT,
            text=True,
        )
        assert launcher.stdout is not None
        server = int(launcher.stdout.readline())
        data = place.servers / "database"
        assert is_server_of(server, data)
        launcher.send_signal(signal.SIGKILL)
        launcher.wait()
        launcher.stdout.close()
        deadline = time.monotonic() + 15
        while is_server_of(server, data) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_server_of(server, data)


def test_it_asks_for_a_password(cluster: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            f"postgresql://postgres@127.0.0.1:{cluster.port}/postgres",
            passfile="/dev/null",
        )


def test_the_broker_asks_for_a_password_and_does_not_show_it(place: Place) -> None:
    broker = Broker(place)
    broker.start()
    try:
        assert broker.child is not None
        assert unusable(broker.url) is None
        assert unusable(f"redis://127.0.0.1:{broker.port}/0") is not None
        if sys.platform == "linux":
            password = places.secret(place, "valkey").encode()
            assert password not in Path(f"/proc/{broker.child.pid}/cmdline").read_bytes()
    finally:
        broker.stop()


def test_a_throwaway_place_leaves_nothing_behind_and_sweeps_up_after_a_killed_run() -> None:
    lasting = places.lasting_place()
    abandoned = lasting.state / "throwaway-abandoned"
    (abandoned / "deep").mkdir(parents=True)
    with throwaway_place("sweep") as place:
        assert not abandoned.exists()
        assert place.state.exists()
        with throwaway_place("other"):
            assert place.state.exists()
    assert not place.state.exists()
    assert not place.servers.exists()
