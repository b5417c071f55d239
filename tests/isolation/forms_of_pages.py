"""The forms that the pages show, read from their HTML: where each leads and what a person would fill in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit


@dataclass
class Field:
    """One named input of a form."""

    name: str
    kind: str
    value: str = ""
    choices: list[str] = field(default_factory=list)

    @property
    def is_typed(self) -> bool:
        """Whether a person types into it, rather than choosing or carrying it along."""
        return self.kind not in {"hidden", "checkbox", "radio", "select", "file"}

    def sensible(self) -> str:
        """What is there already, else something that fits the kind of input."""
        if self.kind in {"select", "radio"}:
            return self.value or next((choice for choice in self.choices if choice), "")
        fitting = {"date": "2026-11-21", "datetime-local": "2026-11-21T10:00", "number": "1", "checkbox": "on"}
        return self.value or fitting.get(self.kind, {"email": "new@example.org", "file": ""}.get(self.kind, "Words"))


class Reader(HTMLParser):
    """Collects the forms that are posted, by the path they lead to."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: dict[str, dict[str, Field]] = {}
        self.form: dict[str, Field] | None = None
        self.current: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            target = urlsplit(urljoin(self.path, said.get("action", ""))).path
            posted = said.get("method", "get").lower() == "post"
            self.form = self.forms.setdefault(target, {}) if posted else None
        elif self.form is None or not (said.get("name") or tag == "option"):
            return
        elif tag == "input":
            self.take_input(said)
        elif tag in {"select", "textarea"}:
            self.current = self.form.setdefault(said["name"], Field(said["name"], tag))
        elif tag == "option" and self.current is not None:
            self.current.choices.append(said.get("value", ""))
            if "selected" in said:
                self.current.value = said.get("value", "")

    def take_input(self, said: dict[str, str]) -> None:
        kind = said.get("type", "text")
        if self.form is None or kind in {"submit", "button"} or said["name"] == "csrfmiddlewaretoken":
            return
        known = self.form.setdefault(said["name"], Field(said["name"], kind))
        if kind == "radio":
            known.choices.append(said.get("value", ""))
        elif kind != "checkbox" or "checked" in said:
            known.value = said.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.current is not None and self.current.kind == "textarea":
            self.current.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self.current = None
        elif tag == "form":
            self.form = None


def forms_of(path: str, html: str) -> dict[str, list[Field]]:
    """Path -> fields, for every form on this page that is posted."""
    reader = Reader(path)
    reader.feed(html)
    return {target: list(fields.values()) for target, fields in reader.forms.items()}


def filled(fields: list[Field]) -> dict[str, Any]:
    """The form as a person would send it; `_once` is left out, so that nothing is answered from memory."""
    return {one.name: one.sensible() for one in fields if one.kind != "file" and one.name != "_once"}
