"""The rules of every template: they compile, carry nothing inline, and name only icons that exist."""

import re

import pytest
from django.template.loader import get_template

from aims.pages.icons import FOLDER

ROOT = FOLDER.parent.parent.parent / "templates"
TEMPLATES = sorted(path for path in ROOT.rglob("*") if path.suffix in (".html", ".txt", ".svg"))
NAMES = [str(path.relative_to(ROOT)) for path in TEMPLATES]
INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", re.IGNORECASE),
    "an event attribute": re.compile(
        r"\son(click|change|submit|load|input|error|focus|blur|key\w+)\s*=",
        re.IGNORECASE,
    ),
    "an htmx script attribute": re.compile(r"\shx-(on|vars)\b|js:|\shx-trigger=\"[^\"]*\[", re.IGNORECASE),
    "a foreign host": re.compile(r"(src|href)=[\"']https?://", re.IGNORECASE),
}
DRAWN = re.compile(r"(<style\b.*?</style>)", re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    assert get_template(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".html")])
def test_no_template_carries_what_the_content_security_policy_forbids(
    name: str,
) -> None:
    text = (ROOT / name).read_text()
    for what, pattern in INLINE.items():
        assert not pattern.search(text), f"{name} has {what}: use a class in aims.css or a module in static/js."


def test_every_icon_named_in_a_template_is_vendored() -> None:
    missing = set()
    for path in TEMPLATES:
        for icon in re.findall(r"{%\s*icon\s+\"([^\"]+)\"", path.read_text()):
            if not (FOLDER / f"{icon}.svg").is_file():
                missing.add(f"{icon} in {path.relative_to(ROOT)}")
    assert not missing, "Copy these outlines into static/vendor/tabler-icons/."


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("components/")])
def test_every_component_opens_with_its_contract(name: str) -> None:
    assert (ROOT / name).read_text().startswith("{% comment %}")


def test_no_vendored_file_asks_for_a_file_that_is_not_there() -> None:
    vendor = FOLDER.parent
    for path in [*vendor.rglob("*.css"), *vendor.rglob("*.js")]:
        text = path.read_text()
        assert "sourceMappingURL" not in text, f"{path.name} names a map that is not shipped."
        for target in re.findall(r"url\([\"']?(?!data:|#)([^)\"']+)", text):
            assert (path.parent / target).is_file(), f"{path.name} asks for {target}."


@pytest.mark.parametrize("status", ["400", "403", "404", "409", "429", "500"])
def test_error_pages_need_no_context(status: str) -> None:
    html = get_template(f"{status}.html").render({})
    assert status in html
    assert "<h1>" in html


def test_the_page_for_a_failure_depends_on_nothing_but_files() -> None:
    text = (ROOT / "500.html").read_text()
    assert set(re.findall(r"{%\s*(\w+)", text)) <= {"load", "static", "comment", "endcomment"}
    assert "{{" not in text
