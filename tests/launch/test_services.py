"""Which servers a command uses, and how a wrong setting is named."""

import socket
import stat
from pathlib import Path

import pytest

from aims.launch import databases, services
from aims.launch.demo import demo, source_fingerprint, welcome
from aims.launch.messages import LaunchError
from aims.launch.places import Place, lasting_place, secret
from aims.launch.postgres import Cluster
from aims.launch.testing import outliving, parallel, reaches_browser


def test_a_port_in_use_is_named_with_the_remedy(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        with pytest.raises(LaunchError, match=r"in use .*PORT=\d+ \./run demo"):
            demo([])


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8000 "])
def test_a_port_that_is_none_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(LaunchError, match="from 1 to 65535"):
        services.web_port()


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(LaunchError, match=r"--rest.*--reset"):
        demo(["--rest"])


def test_an_ordinary_role_needs_the_owner_beside_it(
    state: Path, monkeypatch: pytest.MonkeyPatch, cluster: Cluster, place: Place
) -> None:
    urls = databases.provision(cluster.admin_url, place, databases.Names())
    monkeypatch.setenv("DATABASE_URL", urls.app)
    given = services.database(lasting_place(), databases.Names("_x"), durable=True)
    with pytest.raises(LaunchError, match="DATABASE_OWNER_URL"), given:
        pass
    monkeypatch.setenv("DATABASE_OWNER_URL", urls.owner)
    with services.database(lasting_place(), databases.Names("_x"), durable=True) as used:
        assert used == urls
    emptied = services.database(lasting_place(), databases.Names("_x"), durable=True, reset=True)
    with pytest.raises(LaunchError, match="does not empty"), emptied:
        pass


def test_a_throwaway_run_on_a_given_server_removes_what_it_made(
    state: Path, monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    monkeypatch.setenv("DATABASE_URL", cluster.admin_url)
    names = databases.Names("_t1")
    with (
        services.database(lasting_place(), names, durable=False) as urls,
        databases.connect(urls.owner) as owner,
    ):
        owner.execute("CREATE DATABASE test_aims_t1")
        said = owner.execute("SELECT rolconfig FROM pg_roles WHERE rolname LIKE 'aims_%_t1' AND rolcanlogin").fetchall()
        assert said == [(["synchronous_commit=off"],)] * 2
    with databases.connect(cluster.admin_url) as admin:
        assert admin.execute("SELECT datname FROM pg_database WHERE datname LIKE '%t1'").fetchall() == []
        assert admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE '%t1'").fetchall() == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://a@b/c", "must start with postgresql://"),
        ("postgresql://a@127.0.0.1:9/c", "usable PostgreSQL"),
    ],
)
def test_a_useless_database_url_is_explained(
    state: Path, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with (
        pytest.raises(LaunchError, match=words),
        services.database(lasting_place(), databases.Names(), durable=True),
    ):
        pass


def test_a_useless_redis_url_is_explained(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    with (
        pytest.raises(LaunchError, match="REDIS_URL"),
        services.broker(lasting_place()),
    ):
        pass


def test_a_second_command_joins_the_servers_of_the_first(state: Path) -> None:
    with services.lasting_services() as first, services.shared_services() as second:
        assert second.environment["DATABASE_URL"] == first.environment["DATABASE_URL"]
        with pytest.raises(LaunchError, match="another"), services.lasting_services():
            pass
    assert services.running_environment(lasting_place()) is None


def test_secrets_last_and_are_private(state: Path) -> None:
    place = lasting_place()
    assert secret(place, "secret_key") == secret(place, "secret_key")
    assert len(secret(place, "secret_key")) >= 50
    assert secret(place, "postgres") != secret(place, "valkey")
    assert stat.S_IMODE((state / "secrets.json").stat().st_mode) == 0o600


def test_what_the_operator_sets_wins(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_ALLOWED_HOSTS", "aims.example.org")
    environment = services.base_environment(lasting_place(), 8000)
    assert environment["AIMS_ALLOWED_HOSTS"] == "aims.example.org"
    assert environment["AIMS_DEBUG"] == "0"
    assert Path(environment["FONTCONFIG_FILE"]).is_file()


def test_the_welcome_names_the_address_and_every_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIMS_DEMO_PASSWORD", "correct-horse")
    environment = {
        "AIMS_BASE_URL": "http://127.0.0.1:8000",
        "AIMS_MAIL_DIR": "/m",
        "AIMS_STATE": "/s",
    }
    text = welcome(environment, hint=True)
    assert "http://127.0.0.1:8000/" in text
    assert "correct-horse" in text
    assert text.count("acme.example") == text.count("globex.example") == 6
    assert "certifier@assessor.example" in text


def test_arguments_decide_about_processes_and_the_browser() -> None:
    assert parallel(["tests/risks", "-x"]) == ["-n", "2", "--dist", "worksteal"]
    assert parallel(["-n0"]) == parallel(["--pdb"]) == []
    assert reaches_browser([])
    assert reaches_browser(["tests/browser/test_home.py"])
    assert not reaches_browser(["tests/risks", "-k", "accept"])


def test_what_outlives_a_run_lies_in_the_lasting_state(state: Path) -> None:
    with services.throwaway_place("x") as place:
        for path in outliving(lasting_place()).values():
            assert Path(path).is_relative_to(state)
            assert not Path(path).is_relative_to(place.state)


def test_a_database_remembers_what_was_loaded_but_an_operators_comment_stays(cluster: Cluster, place: Place) -> None:
    urls = databases.provision(cluster.admin_url, place, databases.Names("_mark"))
    assert databases.comment(urls.owner) is None
    databases.set_comment(urls.owner, "loaded by 1", over="loaded by ")
    databases.set_comment(urls.owner, "loaded by 2", over="loaded by ")
    assert databases.comment(urls.app) == "loaded by 2"
    with databases.connect(urls.owner) as owner:
        owner.execute("COMMENT ON DATABASE aims_mark IS 'the ledger'")
    databases.set_comment(urls.owner, "loaded by 3", over="loaded by ")
    assert databases.comment(urls.owner) == "the ledger"


def test_the_fingerprint_of_the_code_is_stable() -> None:
    assert source_fingerprint() == source_fingerprint()
