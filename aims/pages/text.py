"""What text from outside may contain, and the one way it is brought into shape."""

import re
import unicodedata

# C0 and C1 controls except tab, line feed and carriage return; direction overrides that make text read otherwise than
# it is stored; the byte order mark and non-characters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


def normalised(text: str) -> str:
    """Unicode NFC with line feeds, so that the same words are the same bytes (approvals hash them)."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def forbidden_position(text: str) -> int | None:
    """Where the first character stands that may not be stored, counted from 1."""
    found = FORBIDDEN.search(text)
    return found.start() + 1 if found else None


def without_forbidden(text: str) -> str:
    return FORBIDDEN.sub("", text)
