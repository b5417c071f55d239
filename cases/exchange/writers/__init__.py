"""Arguments in the formats of other tools: each writer takes a draft and says what its format cannot hold. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cases.drafts import ArgumentDraft
from cases.exchange.writers import cyclonedx, gsn2x, ltac, pictures, sacm, tea, text
from cases.exchange.writing import Written
from cases.outline import gettext_noop


@dataclass(frozen=True, slots=True)
class Writer:
    """A format that a case is written in; `is_read` says that it is read back here."""

    key: str
    label: str
    about: str
    media_type: str
    write: Callable[[ArgumentDraft], Written]
    is_read: bool = False


WRITERS: Final = {
    one.key: one
    for one in (
        Writer("gsn2x", gettext_noop("GSN in YAML (gsn2x)"),
               gettext_noop("One file for each module; owners, standings and dates as layers that gsn2x can show."),
               "application/yaml", gsn2x.write, is_read=True),
        Writer("sacm", gettext_noop("SACM (XMI)"),
               gettext_noop("The metamodel of the OMG, version 2.3, with packages, citations and doubts."),
               "application/xml", sacm.write, is_read=True),
        Writer("ltac", gettext_noop("Indented text (LTAC)"),
               gettext_noop("A line for each element: for people, comparisons and e-mail."),
               "text/plain", ltac.write, is_read=True),
        Writer("tea", gettext_noop("JSON of the TEA platform"),
               gettext_noop("The tree of version 1.0, from the claim on top."),
               "application/json", tea.write, is_read=True),
        Writer("markdown", gettext_noop("Markdown"),
               gettext_noop("The outline with standings, the challenges and a table of the evidence, for reports."),
               "text/markdown", text.write_markdown),
        Writer("dot", gettext_noop("DOT (Graphviz)"), gettext_noop("The graph, to be drawn elsewhere."),
               "text/vnd.graphviz", pictures.write_dot),
        Writer("mermaid", gettext_noop("Mermaid"), gettext_noop("The graph as a diagram in Markdown pages."),
               "text/vnd.mermaid", pictures.write_mermaid),
        Writer("cyclonedx", gettext_noop("CycloneDX 1.7"),
               gettext_noop("Claims and evidence as declarations of a bill of materials."),
               "application/vnd.cyclonedx+json", cyclonedx.write),
    )
}  # fmt: skip
