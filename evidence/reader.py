"""Reads the text of one file and prints it: a program of its own, run by `reading.py`, so that a hostile file can hurt
nobody but itself. It knows neither Django nor the database nor any secret, and its limits are set before it looks.

    python -I reader.py MEDIA_TYPE SECONDS BYTES CHARACTERS < the file > {"text": …, "is_cut": …} or {"failure": …}
"""

import json
import logging
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import IO, Any, NoReturn

MOST_UNPACKED = 300_000_000
MOST_MEMBERS = 10_000
# An escaped character outside of the first plane takes twelve bytes of JSON; the rest is its frame.
BYTES_A_CHARACTER = 12
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WORD_PARTS = ("word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes", "word/comments")


class CannotRead(Exception):
    """The file has no text that this reader may take; the code says why."""


def limit(seconds: int, size: int, characters: int) -> None:
    """From here on the system ends this process when it takes too much."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (characters * BYTES_A_CHARACTER + 4096,) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def pieces_of_pdf(file: IO[bytes]) -> Iterator[str]:
    from pypdf import PdfReader

    reader = PdfReader(file)
    if reader.is_encrypted and not reader.decrypt(""):
        raise CannotRead("encrypted")
    for page in reader.pages:
        yield page.extract_text() or ""
        yield "\n"


def pieces_of_docx(file: IO[bytes]) -> Iterator[str]:
    with unpacked(file) as archive:
        names = [name for name in archive.namelist() if name.startswith(WORD_PARTS) and name.endswith(".xml")]
        if "word/document.xml" not in names:
            raise CannotRead("damaged")
        for name in sorted(names, key=lambda name: (name != "word/document.xml", name)):
            with archive.open(name) as part:
                yield from pieces_of_word(part)


def pieces_of_word(part: IO[bytes]) -> Iterator[str]:
    from defusedxml.ElementTree import iterparse

    stack: list[Any] = []
    for event, element in iterparse(part, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            stack.append(element)
            continue
        stack.pop()
        if element.tag == f"{WORD}t":
            yield element.text or ""
        elif element.tag in (f"{WORD}tab", f"{WORD}tc"):
            yield "\t"
        elif element.tag in (f"{WORD}p", f"{WORD}br"):
            yield "\n"
        if stack:
            stack[-1].remove(element)  # what was read is let go of, however long the document is


def pieces_of_xlsx(file: IO[bytes]) -> Iterator[str]:
    from openpyxl import load_workbook

    unpacked(file).close()
    file.seek(0)
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        yield f"{sheet.title}\n"
        for row in sheet.iter_rows(values_only=True):
            told = [str(value) for value in row if value is not None]
            if told:
                yield "\t".join(told) + "\n"


def pieces_of_plain(file: IO[bytes]) -> Iterator[str]:
    content = file.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")
        return
    try:
        yield content.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield content.decode("cp1252", "replace")


def unpacked(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive, after a look at what it says about itself; what it does not say, the limits hold down."""
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise CannotRead("too_large")
    return archive


OFFICE = "application/vnd.openxmlformats-officedocument."
READERS = {
    "application/pdf": pieces_of_pdf,
    f"{OFFICE}wordprocessingml.document": pieces_of_docx,
    f"{OFFICE}spreadsheetml.sheet": pieces_of_xlsx,
}


def text_of(media_type: str, file: IO[bytes], characters: int) -> dict[str, Any]:
    """As much of the text as is asked for, and whether there was more."""
    told: list[str] = []
    length = 0
    for piece in READERS.get(media_type, pieces_of_plain)(file):
        told.append(piece[: characters - length])
        length += len(piece)
        if length > characters:
            break
    return {"text": "".join(told), "is_cut": length > characters}


def main(media_type: str, seconds: int, size: int, characters: int) -> None:
    logging.disable()
    limit(seconds, size, characters)
    try:
        answer = text_of(media_type, sys.stdin.buffer, characters)
    except CannotRead as problem:
        answer = {"failure": str(problem)}
    except MemoryError:
        leave("too_large")
    except Exception:  # whatever a parser makes of what strangers wrote
        answer = {"failure": "damaged"}
    write(answer)


def leave(failure: str) -> NoReturn:
    """Say why and go at once: there is no room left to tidy up in."""
    write({"failure": failure})
    raise SystemExit(0)


def write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:5]))
