"""What the launcher tells a person, and the one error that ends it with a sentence instead of a traceback."""

import sys


class LaunchError(Exception):
    """Something a person has to mend; the message says what and how."""


def say(text: str) -> None:
    """Progress goes to stderr, so that the output of a management command stays clean."""
    print(f"aims: {text}", file=sys.stderr, flush=True)
