"""What migrating said is kept under the right name, by one process, whole, and not for ever."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aims.launch.places import CHECKOUT
from tests.migrated import BETWEEN, fingerprint, forget_all_but, remember, renamed


def never(*_: object) -> list[str]:
    raise AssertionError("must not be asked")


def test_a_name_follows_the_content_and_not_the_place(tmp_path: Path) -> None:
    names = []
    for checkout in ("one", "other"):
        migration = tmp_path / checkout / "risks" / "migrations" / "0001_initial.py"
        migration.parent.mkdir(parents=True)
        migration.write_text("operations = []")
        names.append(fingerprint([migration], [150000]))
    assert names[0] == names[1]
    assert fingerprint([migration], [180000]) != names[0]
    migration.write_text("operations = [1]")
    assert fingerprint([migration], [150000]) != names[0]
    renamed_file = migration.rename(migration.with_name("0002_initial.py"))
    renamed_file.write_text("operations = []")
    assert fingerprint([renamed_file], [150000]) != names[0]


def test_what_was_told_once_is_heard_afterwards(tmp_path: Path) -> None:
    heard: list[list[str]] = []
    remember(tmp_path / "kept", "a", lambda: ["create table t ()", "select ';\n'"], never)
    remember(tmp_path / "kept", "a", never, heard.append)
    assert heard == [["create table t ()", "select ';\n'"]]
    remember(tmp_path / "kept", "b", lambda: ["select 1"], never)


def test_what_failed_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        remember(tmp_path, "a", never, never)
    assert list(tmp_path.glob("*.sql*")) == []


def test_what_the_server_refuses_is_told_anew_the_next_time(tmp_path: Path) -> None:
    remember(tmp_path, "a", lambda: ["select nothing"], never)
    with pytest.raises(AssertionError):
        remember(tmp_path, "a", never, never)
    remember(tmp_path, "a", lambda: ["select 1"], never)


def test_a_run_that_is_killed_leaves_neither_a_lock_nor_half_a_file(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from tests.migrated import remember; "
        "remember(pathlib.Path(sys.argv[1]), 'a', lambda: os.kill(os.getpid(), 9), print)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=CHECKOUT, env=os.environ, check=False)
    assert killed.returncode == -9
    remember(tmp_path, "a", lambda: ["select 1"], never)


def test_the_files_used_last_are_kept_and_halves_are_removed(tmp_path: Path) -> None:
    for age, name in enumerate(["new.sql", "older.sql", "oldest.sql", "half.sql.4711"]):
        (tmp_path / name).write_text(BETWEEN)
        os.utime(tmp_path / name, (10_000 - age, 10_000 - age))
    forget_all_but(tmp_path, 2)
    assert {path.name for path in tmp_path.iterdir()} == {"new.sql", "older.sql"}


def test_roles_are_renamed_as_whole_words() -> None:
    there = {"aims_reader_x": "role_of_reader"}
    said = "grant select on t to \"aims_reader_x\"; select 'aims_reader_x', aims_reader_xy"
    kept = renamed(said, there)
    assert kept == "grant select on t to \"role_of_reader\"; select 'role_of_reader', aims_reader_xy"
    assert renamed(kept, {"role_of_reader": "aims_reader_x"}) == said
