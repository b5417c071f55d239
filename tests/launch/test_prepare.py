"""The first stage: what it refuses, and what it does not do twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aims.launch import chromium, prepare
from aims.launch.messages import LaunchError

RUN = prepare.CHECKOUT / "run"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RUN, *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, **environment},
    )


def test_help_lists_every_command() -> None:
    answer = run("help")
    assert answer.returncode == 0
    assert all(f"  {command} " in answer.stdout for command in prepare.COMMANDS)


def test_an_unknown_command_is_named_and_the_usage_shown() -> None:
    answer = run("serve")
    assert answer.returncode == 2
    assert "no command 'serve'" in answer.stderr
    assert "Usage: ./run" in answer.stderr


def test_a_state_folder_that_cannot_be_written_is_named_with_the_remedy(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    answer = run("demo", AIMS_STATE=str(tmp_path / "file" / "state"))
    assert answer.returncode == 2
    assert str(tmp_path / "file" / "state") in answer.stderr
    assert "AIMS_STATE=" in answer.stderr


def test_no_python_is_said_in_one_sentence(tmp_path: Path) -> None:
    for tool in ("dirname", "sh"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}" if Path(f"/usr/bin/{tool}").exists() else f"/bin/{tool}")
    answer = run("help", PATH=str(tmp_path))
    assert answer.returncode == 2
    assert "Python 3.11" in answer.stderr


def test_the_launcher_is_found_from_elsewhere_and_through_spaces(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "a folder's name"
    (folder / "aims").mkdir(parents=True)
    (folder / "aims" / "launch").symlink_to(prepare.CHECKOUT / "aims" / "launch")
    (folder / "run").write_bytes(RUN.read_bytes())
    (folder / "run").chmod(0o755)
    answer = subprocess.run([folder / "run", "help"], capture_output=True, check=False, text=True, cwd="/")
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path / "venv"


def test_an_environment_without_its_stamp_counts_as_half_made(venv: Path) -> None:
    assert not prepare.is_installed(venv, prepare.requirements_for("demo"))


def test_an_environment_is_installed_until_the_requirements_change(venv: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("django==5.2.19\n")
    (venv / "installed").write_text(prepare.fingerprint(requirements))
    assert prepare.is_installed(venv, requirements)
    requirements.write_text("django==5.2.20\n")
    assert not prepare.is_installed(venv, requirements)


def test_an_environment_whose_python_has_gone_is_made_anew(venv: Path) -> None:
    requirements = prepare.requirements_for("demo")
    (venv / "installed").write_text(prepare.fingerprint(requirements))
    (venv / "bin" / "python").unlink()
    assert not prepare.is_installed(venv, requirements)


def test_unpacked_libraries_come_before_inherited_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "root" / "usr" / "lib" / "libpango-1.0.so.0"
    library.parent.mkdir(parents=True)
    library.touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    assert prepare.library_path(tmp_path) == {"LD_LIBRARY_PATH": f"{library.parent}{os.pathsep}/opt/lib"}
    assert prepare.library_path(tmp_path / "none") == {}


def test_the_first_stage_imports_the_standard_library_only() -> None:
    program = f"import runpy; runpy.run_path({str(RUN.parent / 'aims/launch/prepare.py')!r})"
    answer = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program],
        capture_output=True,
        check=False,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr


def test_a_driver_that_does_not_start_is_a_visible_skip_with_the_remedy(monkeypatch, tmp_path, capsys) -> None:
    """A bare Debian has no libatomic; an ordinary user cannot install it."""

    monkeypatch.setattr(chromium, "find_chromium", lambda browsers: "/usr/bin/chromium")
    monkeypatch.setattr(chromium, "driver_runs", lambda: False)
    monkeypatch.setattr(chromium, "may_install", lambda: False)
    monkeypatch.delenv("E2E_REQUIRED", raising=False)
    told = chromium.browser_environment(tmp_path, needed=True)
    assert "libatomic1" in told["E2E_SKIP_REASON"]
    assert chromium.browser_environment(tmp_path, needed=False) == {"E2E_CHROMIUM": "/usr/bin/chromium"}
    monkeypatch.setenv("E2E_REQUIRED", "1")
    with pytest.raises(LaunchError, match="libatomic1"):
        chromium.browser_environment(tmp_path, needed=True)


def test_root_installs_what_the_driver_needs(monkeypatch, tmp_path) -> None:

    steps = []
    monkeypatch.setattr(chromium, "find_chromium", lambda browsers: "/usr/bin/chromium")
    monkeypatch.setattr(chromium, "may_install", lambda: True)
    monkeypatch.setattr(chromium, "driver_runs", lambda: len(steps) >= 2)
    monkeypatch.setattr(chromium.subprocess, "run", lambda command, **rest: steps.append(command))
    assert chromium.browser_environment(tmp_path, needed=True) == {"E2E_CHROMIUM": "/usr/bin/chromium"}
    assert steps[0][-1] == "libatomic1"
    assert steps[1] == ["apt-get", "update", "-qq"]
