"""The formats that are known here, and which one a file is in. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cases.drafts import ArgumentDraft
from cases.exchange import gsn2x, ltac, own, sacm, tea
from cases.exchange.source import MOST_FILES, Source, json_of, refuse, text_of
from cases.outline import gettext_noop

Read = Callable[[Sequence[Source]], ArgumentDraft]


@dataclass(frozen=True, slots=True)
class Format:
    """A format; `takes_many` says that several files make one argument."""

    key: str
    label: str
    read: Read
    takes_many: bool = False


FORMATS: Final = {
    one.key: one
    for one in (
        Format("aims", gettext_noop("JSON of AIMS"), own.read),
        Format("gsn2x", gettext_noop("GSN in YAML (gsn2x)"), gsn2x.read, takes_many=True),
        Format("tea", gettext_noop("JSON of the TEA platform"), tea.read),
        Format("ltac", gettext_noop("Indented text (LTAC)"), ltac.read, takes_many=True),
        Format("sacm", gettext_noop("SACM (XMI)"), sacm.read),
    )
}


def detect(source: Source) -> str:
    """The format of a file by its content; what cannot be told apart is taken as YAML, whose reader says what is wrong."""
    start = source.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").replace(b"\x00", b"").lstrip(b"\xff\xfe")
    if start.startswith(b"<"):
        return "sacm"
    if start.startswith((b"{", b"[")):
        data = json_of(source)
        return "aims" if own.is_own(data) else "tea" if tea.is_tea(data) else unknown(source)
    return "ltac" if ltac.is_ltac(text_of(source)) else "gsn2x"


def unknown(source: Source) -> str:
    message = gettext_noop("%(file)s is JSON, but none of the forms known here.")
    remedy = gettext_noop("Export it in another format.")
    raise refuse("", message, remedy, file=source.name)


def read(sources: Sequence[Source], format: str = "") -> ArgumentDraft:
    """The argument of the files in a format; without one, in that of the first. Raises DraftRefused."""
    if not sources:
        message = gettext_noop("There is no file.")
        raise refuse("", message, gettext_noop("Choose a file, or paste its text."))
    chosen = FORMATS[format or detect(sources[0])]
    if len(sources) > (MOST_FILES if chosen.takes_many else 1):
        message = gettext_noop("These are %(count)s files, and this format is read from one.")
        remedy = gettext_noop("Bring them in one by one.")
        raise refuse("", message, remedy, count=len(sources))
    return chosen.read(sources)
