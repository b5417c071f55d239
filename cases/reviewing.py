"""What a link was reviewed against: a hash of what both of its ends say. Where it differs now, the step is suspect."""

from hashlib import sha256
from typing import Final

SEPARATOR: Final = "\x1f"


def content_hash(
    *, kind: str, statement: str, declaration: str, combine: str, combine_k: int | None, cited: str = ""
) -> str:
    """The hash of what an element says to whoever reads a step to or from it; `cited` is what it repeats of another.

    Owners, dates, decorators and evidence are left out: they do not change what is claimed.
    """
    said = (kind, statement, declaration, combine, str(combine_k or ""), cited)
    return sha256(SEPARATOR.join(said).encode("utf-8", errors="surrogatepass")).hexdigest()


def hash_of_ends(source: str, target: str) -> str:
    """The hash of a link, from the hashes of its ends."""
    return sha256(f"{source}{SEPARATOR}{target}".encode()).hexdigest()
