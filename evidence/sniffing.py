"""What an uploaded file really is, told by its content; refuses what could act, mislead or blow up.

The name is only checked against the content, never believed. Every refusal says what to do instead.
"""

from __future__ import annotations

import io
import json
import re
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

import puremagic

MAX_UNPACKED = 500_000_000
MAX_RATIO = 200
MAX_MEMBERS = 10_000
TEXT_SAMPLE = 1_000_000


class FileRefused(Exception):
    """The file may not be kept as evidence; `code` names the kind, the message the remedy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that may be kept. `is_inline` means that a browser may show it; all else is only downloaded."""

    name: str
    media_type: str
    extensions: tuple[str, ...]
    is_inline: bool = False


_KINDS = (
    Kind("PDF", "application/pdf", ("pdf",), is_inline=True),
    Kind(
        "Word document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ("docx",),
    ),
    Kind(
        "Excel workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ("xlsx",),
    ),
    Kind(
        "PowerPoint presentation",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ("pptx",),
    ),
    Kind("OpenDocument text", "application/vnd.oasis.opendocument.text", ("odt",)),
    Kind(
        "OpenDocument spreadsheet",
        "application/vnd.oasis.opendocument.spreadsheet",
        ("ods",),
    ),
    Kind(
        "OpenDocument presentation",
        "application/vnd.oasis.opendocument.presentation",
        ("odp",),
    ),
    Kind("PNG picture", "image/png", ("png",), is_inline=True),
    Kind("JPEG picture", "image/jpeg", ("jpg", "jpeg"), is_inline=True),
    Kind("WebP picture", "image/webp", ("webp",), is_inline=True),
    Kind("ZIP archive", "application/zip", ("zip",)),
    Kind("gzip archive", "application/gzip", ("gz", "tgz")),
    Kind("Parquet table", "application/vnd.apache.parquet", ("parquet",)),
    Kind("e-mail message", "message/rfc822", ("eml",)),
    Kind("JSON", "application/json", ("json", "ipynb")),
    Kind("JSON lines", "application/x-ndjson", ("jsonl", "ndjson")),
    Kind("XML", "application/xml", ("xml", "xmi")),
    Kind("CSV", "text/csv", ("csv", "tsv")),
    Kind("YAML", "application/yaml", ("yaml", "yml")),
    Kind("Markdown", "text/markdown", ("md", "markdown")),
    Kind("plain text", "text/plain", ("txt", "log", "text", "rst"), is_inline=True),
)
KINDS = {kind.media_type: kind for kind in _KINDS}
_BY_EXTENSION = {extension: kind for kind in _KINDS for extension in kind.extensions}
_PLAIN_FAMILY = {
    "text/csv",
    "application/yaml",
    "text/markdown",
    "text/plain",
    "application/x-ndjson",
}
ALLOWED_EXTENSIONS = tuple(sorted(_BY_EXTENSION))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROGRAMS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa\xce", "a Mac program"),
    (b"\xfe\xed\xfa\xcf", "a Mac program"),
    (b"\xce\xfa\xed\xfe", "a Mac program"),
    (b"\xcf\xfa\xed\xfe", "a Mac program"),
    (b"\xca\xfe\xba\xbe", "a Java or Mac program"),
    (b"dex\n", "an Android program"),
    (b"\x00asm", "a WebAssembly program"),
    (b"#!", "a script"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"),
)
_SCRIPT_EXTENSIONS = _words(
    "exe dll com scr bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta msi msp jar apk sh bash zsh py rb pl php lnk reg "
    "cpl inf url desktop app dmg pkg deb rpm iso img"
)
_ACTIVE_EXTENSIONS = _words("html htm xhtml shtml svg svgz mht mhtml xsl xslt")
_MACRO_EXTENSIONS = _words("docm xlsm pptm dotm xltm potm xlam ppam xlsb")
_ACTIVE = re.compile(
    rb"^\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+(?:html|svg)|html|head|body|script|svg|iframe|object|embed"
    rb"|(?:\w+:)?(?:html|svg|stylesheet|transform)\b)",
    re.IGNORECASE | re.DOTALL,
)
_ACTIVE_NAMESPACES = (
    b"http://www.w3.org/2000/svg",
    b"http://www.w3.org/1999/xhtml",
    b"http://www.w3.org/1999/XSL/",
)
_MAIL_HEADER = re.compile(r"\A(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the file is, and a name that is safe to offer for download."""

    kind: Kind
    file_name: str

    @property
    def media_type(self) -> str:
        return self.kind.media_type


def sniff(content: bytes, file_name: str) -> Sniffed:
    """Say what the file is, or raise `FileRefused`."""
    name = safe_file_name(file_name)
    extension = name.rpartition(".")[2].casefold() if "." in name else ""
    if not content:
        raise FileRefused(
            "empty",
            f"{name} is empty. Choose the file again; it may not have been saved yet.",
        )
    _refuse_by_extension(name, extension)
    _refuse_programs(content, name)
    kind = _binary_kind(content, name) or _text_kind(content, name, extension)
    _refuse_mismatch(kind, name, extension)
    return Sniffed(kind, name if extension else f"{name}.{kind.extensions[0]}")


def safe_file_name(file_name: str) -> str:
    """The last part of the name without path, control and direction characters, at most 150 characters."""
    base = re.split(r"[\\/]", file_name)[-1]
    # Format characters (Cf) can turn "fdp.exe" around to look like "exe.pdf".
    kept = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    kept = re.sub(r'[<>:"|?*]', "_", kept).strip(" .")
    if len(kept) > 150:
        stem, dot, extension = kept.rpartition(".")
        kept = f"{stem[:140]}{dot}{extension[:9]}" if dot else kept[:150]
    return kept or "file"


def _refuse_by_extension(name: str, extension: str) -> None:
    if extension in _SCRIPT_EXTENSIONS:
        raise FileRefused(
            "program",
            f"{name} is a program or script. Add its output or a PDF of it instead.",
        )
    if extension in _ACTIVE_EXTENSIONS:
        raise _active(name)
    if extension in _MACRO_EXTENSIONS:
        raise _macros(name)


def _refuse_programs(content: bytes, name: str) -> None:
    for magic, what in _PROGRAMS:
        if content.startswith(magic) and not (magic == b"MZ" and _looks_like_text(content[:400])):
            raise FileRefused(
                "program",
                f"{name} is {what}, whatever its name says. Add its output or a PDF of it instead.",
            )


def _binary_kind(content: bytes, name: str) -> Kind | None:
    """The kind of a file with a signature; None when it may be text."""
    # A PDF may carry a few bytes before its mark; more than that and it is something else in front of a PDF.
    if b"%PDF-" in content[:1024]:
        if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
            raise FileRefused(
                "mismatch",
                f"{name} holds something else in front of a PDF. Export the PDF anew.",
            )
        return KINDS["application/pdf"]
    for magic, media_type in _PICTURES:
        if content.startswith(magic):
            return KINDS[media_type]
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return KINDS["image/webp"]
    if content.startswith(b"PAR1") and content.endswith(b"PAR1"):
        return KINDS["application/vnd.apache.parquet"]
    if content.startswith(b"\x1f\x8b"):
        return KINDS["application/gzip"]
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive_kind(content, name)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise FileRefused(
            "old_office",
            f"{name} is an old Office file or one with a password. Save it as .docx, .xlsx, .pptx or PDF "
            "without a password.",
        )
    return None


# What zipfile raises on damaged content, as found by changing bytes at random.
_DAMAGE = (EOFError, LookupError, OSError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error)


def _archive_kind(content: bytes, name: str) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _refuse_bombs(members, name)
            return _office_kind(archive, members, name)
    except _DAMAGE as error:
        raise FileRefused("broken", f"{name} is a damaged archive or document. Save it again.") from error


def _refuse_bombs(members: list[zipfile.ZipInfo], name: str) -> None:
    total = sum(member.file_size for member in members)
    swollen = any(
        member.file_size > 10_000_000 and member.file_size > MAX_RATIO * max(member.compress_size, 1)
        for member in members
    )
    if swollen or total > MAX_UNPACKED or len(members) > MAX_MEMBERS:
        raise FileRefused(
            "zip_bomb",
            f"{name} unpacks to {total:,} bytes in {len(members):,} parts. Add a smaller extract, or a PDF of it.",
        )


def _office_kind(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str) -> Kind:
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        if any(each.casefold().endswith("vbaproject.bin") for each in names):
            raise _macros(name)
        for part, extension in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
            if any(each.startswith(part) for each in names):
                return _BY_EXTENSION[extension]
    if "mimetype" in names and archive.getinfo("mimetype").file_size <= 200:
        media_type = archive.read("mimetype").decode("ascii", "replace").strip()
        if media_type in KINDS:
            if any(each.startswith("Basic/") for each in names):
                raise _macros(name)
            return KINDS[media_type]
    for each in names:
        inner = each.rpartition(".")[2].casefold()
        if inner in _SCRIPT_EXTENSIONS - {"py", "js", "sh", "rb", "pl"}:
            raise FileRefused(
                "program",
                f"{name} holds the program {each[:80]}. Leave it out of the archive.",
            )
    return KINDS["application/zip"]


def _text_kind(content: bytes, name: str, extension: str) -> Kind:
    text = _as_text(content)
    if text is None:
        raise _unknown(content, name)
    start = text[:TEXT_SAMPLE].encode("utf-8", "replace").lstrip(b"\xef\xbb\xbf \t\r\n")
    if _ACTIVE.match(start):
        raise _active(name)
    if start.startswith(b"<?xml") or extension in ("xml", "xmi"):
        return _xml_kind(text, start, name)
    if extension in ("json", "ipynb"):
        return _json_kind(text, name)
    if extension == "eml" or (not extension and _is_mail(text)):
        return _mail_kind(text, name)
    claimed = _BY_EXTENSION.get(extension)
    if claimed is not None and claimed.media_type in _PLAIN_FAMILY:
        return claimed
    return KINDS["text/plain"]


def _xml_kind(text: str, start: bytes, name: str) -> Kind:
    if not start.startswith(b"<"):
        raise FileRefused(
            "mismatch",
            f"{name} is called XML but is not. Rename it to .txt, or export it anew.",
        )
    if any(namespace in text.encode("utf-8", "replace") for namespace in _ACTIVE_NAMESPACES):
        raise _active(name)
    if re.search(r"<!(DOCTYPE|ENTITY)", text):
        raise FileRefused(
            "xml_entities",
            f"{name} declares XML entities. Export it without a DOCTYPE.",
        )
    return KINDS["application/xml"]


def _json_kind(text: str, name: str) -> Kind:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise FileRefused(
            "mismatch",
            f"{name} is called JSON but cannot be read as JSON. Mend it, or rename it to .txt.",
        ) from error
    return KINDS["application/json"]


def _mail_kind(text: str, name: str) -> Kind:
    if not _is_mail(text):
        raise FileRefused(
            "mismatch",
            f"{name} is called an e-mail but has no e-mail headers. Export it anew as .eml.",
        )
    return KINDS["message/rfc822"]


def _is_mail(text: str) -> bool:
    head = text[:20_000].replace("\r\n", "\n")
    return bool(_MAIL_HEADER.match(head)) and bool(re.search(r"(?mi)^(from|received|message-id|date):", head))


def _as_text(content: bytes) -> str | None:
    """The content as text in a usual encoding; None when it is binary."""
    for mark, encoding in (
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"\xef\xbb\xbf", "utf-8-sig"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                return None
    if not _looks_like_text(content):
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


_CONTROLS = bytes(n for n in range(32) if n not in (8, 9, 10, 12, 13, 27))


def _looks_like_text(content: bytes) -> bool:
    return len(content.translate(None, _CONTROLS)) == len(content)


def _refuse_mismatch(kind: Kind, name: str, extension: str) -> None:
    if not extension or extension in kind.extensions:
        return
    if extension not in _BY_EXTENSION and kind.media_type == "text/plain":
        raise FileRefused(
            "unknown",
            f"Files ending in .{extension} are not kept. Add it as PDF, Office document, picture, CSV or text.",
        )
    raise FileRefused(
        "mismatch",
        f"{name} is called .{extension} but its content is {kind.name}. Rename it to .{kind.extensions[0]}, "
        "or choose the right file.",
    )


def _unknown(content: bytes, name: str) -> FileRefused:
    """Name what the file seems to be, as far as its signature is known, so that the person understands the refusal."""
    try:
        found = puremagic.magic_string(content[:4096])
        what = found[0].name if found and found[0].confidence >= 0.5 else ""
    except (puremagic.PureError, ValueError, IndexError):
        what = ""
    seems = f" It seems to be: {what}." if what else ""
    return FileRefused(
        "unknown",
        f"{name} is not a kind that is kept.{seems} Add it as PDF, Office document, picture, CSV or text.",
    )


def _active(name: str) -> FileRefused:
    return FileRefused(
        "active_content",
        f"{name} is a web page or SVG, which can act when it is opened. Print it to PDF, or add a PNG of it.",
    )


def _macros(name: str) -> FileRefused:
    return FileRefused("macros", f"{name} can hold macros. Save it without macros, or as PDF.")
