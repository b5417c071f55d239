"""The files of deployment and the locks, read as a careful operator would read them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fontTools.ttLib import TTFont

from aims.launch.checks import compose_file_problem
from aims.launch.fonts import ALIASES, FONTS, fonts_configuration
from aims.launch.places import CHECKOUT

SERVICES = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")


def test_the_compose_file_has_every_service() -> None:
    assert compose_file_problem() is None


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root(name: str) -> None:
    assert str(SERVICES[name]["user"]).split(":")[0] not in {"", "0", "root"}


@pytest.mark.parametrize("name", ["worker", "beat", "database", "broker"])
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_the_image_checks_the_web_service_itself() -> None:
    assert "/healthz" in DOCKERFILE.split("HEALTHCHECK", 1)[1]
    assert "healthcheck" not in SERVICES["web"]


def test_web_worker_and_beat_wait_for_the_migration_and_do_not_own_the_tables() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "DATABASE_OWNER_URL" not in SERVICES[name]["environment"]
    assert "aims_owner" in SERVICES["migrate"]["environment"]["DATABASE_OWNER_URL"]


def environment_values(service: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in service.get("environment", {}).items()]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in environment_values(SERVICES[name]):
        if re.search(r"PASSWORD|SECRET|_URL$", variable) and value != "${EMAIL_URL:-}":
            assert re.search(r"\$\{[A-Z_]+:\?", value), f"{variable} must come from the environment and be required"


def test_only_the_web_service_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_the_image_runs_as_an_ordinary_user_with_the_libraries_for_pdf() -> None:
    final = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER (?!root)\w+$", final, re.MULTILINE)
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"):
        assert package in final
    assert "--require-hashes" in DOCKERFILE


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_with_hashes_and_names_no_host(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    packages = re.findall(r"^\S.*(?:\n {4}.*)+", text, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^\S", text, re.MULTILINE))
    assert all("==" in package and "--hash=sha256:" in package for package in packages)
    assert not re.search(r"https?:|file:|index-url|find-links|/", text)


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_direct_dependency_says_why_it_is_here_and_is_locked(name: str) -> None:
    locked = (CHECKOUT / name.replace(".in", ".txt")).read_text()
    for line in (CHECKOUT / name).read_text().splitlines():
        if not line.startswith(("#", "-r")):
            assert re.fullmatch(r"\S+ +# .+", line), f"say why: {line}"
            package = re.split(r"[\[>= ]", line)[0]
            assert re.search(rf"^{re.escape(package)}==", locked, re.MULTILINE), f"./run lock: {package}"


def test_both_sets_lock_the_same_versions() -> None:
    small, large = (set(re.findall(r"^\S+==\S+", (CHECKOUT / name).read_text(), re.MULTILINE)) for name in LOCKS[:2])
    assert small <= large


def test_every_family_that_the_configuration_prefers_is_shipped() -> None:
    shipped = set()
    for path in FONTS.glob("*.ttf"):
        names = TTFont(path, lazy=True)["name"]
        shipped.add(names.getDebugName(16) or names.getDebugName(1))
    assert {family for families in ALIASES.values() for family in families} <= shipped


def test_a_folder_with_special_characters_does_not_break_the_configuration() -> None:
    assert "<dir>/a &amp; b/&lt;c&gt;</dir>" in fonts_configuration(Path("/a & b/<c>"), Path("/cache"))
