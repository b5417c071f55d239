"""The templates that are shipped, one file each, in our own words."""

from functools import cache
from pathlib import Path

import yaml

from cases.patterns.model import Pattern, read_pattern

HERE = Path(__file__).parent


@cache
def patterns() -> tuple[Pattern, ...]:
    """All templates in the order of their keys."""
    read = [read_pattern(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in HERE.glob("p*.yaml")]
    return tuple(sorted(read, key=lambda pattern: int(pattern.key[1:])))


def pattern_called(key: str) -> Pattern | None:
    return next((pattern for pattern in patterns() if pattern.key.casefold() == key.casefold()), None)
