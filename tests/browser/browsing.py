"""Where the browser is, and how a page is looked at."""

import os
import shutil
from typing import Any

import pytest

CHROMIUM = os.environ.get("E2E_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
WHY_NOT = os.environ.get("E2E_SKIP_REASON") or "no Chromium: set E2E_CHROMIUM or install chromium"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the theme can change; everything else axe asks is the same in light and dark.
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
IN_A_BROWSER = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM and os.environ.get("E2E_REQUIRED") != "1", reason=WHY_NOT),
]


# Once per document, and only what is wrong comes back: nodes without fault are most of an answer, and the slow part of it.
LOOK = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"


def violations(page: Any, rules: Any = None) -> list[str]:
    """What axe has against the page as it is now, each with its first element."""
    from axe_playwright_python.base import AXE_SCRIPT

    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(LOOK, rules or RULES)
    return [f"{rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:160]}" for rule in found]


def is_too_wide(page: Any) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
