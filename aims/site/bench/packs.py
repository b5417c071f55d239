"""A real audit pack of an organisation, against WeasyPrint drawing the same HTML, in seconds of the processor.

Drawing runs for minutes in one thread; the wall clock would measure whatever else runs on the machine.
"""

from collections.abc import Iterator

from aims.reports.pdf import open_html, render_pdf
from aims.site.bench.measuring import line, once_of_processor, peak_memory_mb
from aims.tenancy.door import acting_for_system
from aims.tenancy.models import Member, Organisation, User
from audits.models import Pack
from audits.packs.actions import request_pack
from audits.packs.building import collect, digest
from audits.packs.rendering import html_of
from audits.packs.steps import DOCUMENT


def pack_html(user: User, slug: str) -> str:
    """The document of a pack of the whole organisation, collected by the steps of every pack."""
    with acting_for_system(Organisation.objects.get(slug=slug)):
        member = Member.objects.select_related("organisation", "user").get(user=user)
        pack: Pack = request_pack(title="Measured pack", scope="organisation", actor=member)
        steps = list(pack.steps.exclude(step=DOCUMENT).order_by("ordinal"))
        for step in steps:
            step.content = collect(pack, step.step)
            step.sha256, step.finished_at = digest(step.content), pack.as_of
        return html_of(pack, steps)


def measure(user: User, slug: str) -> Iterator[str]:
    """Yields the lines: our engine with its safe fetcher, accessibility and tuned collector, and the bare library."""
    html = pack_html(user, slug)
    render_pdf("<html lang=en><head><title>Warm</title></head><body><p>Warm</p></body></html>", title="Warm")
    pages = 0

    def ours() -> None:
        nonlocal pages
        pages = render_pdf(html, title="Measured pack").page_count

    seconds = once_of_processor(ours)
    peak = peak_memory_mb()
    bare = once_of_processor(lambda: open_html(html).write_pdf())
    tagged = once_of_processor(lambda: open_html(html).write_pdf(pdf_variant="pdf/ua-1"))
    yield line(f"pack_{pages}_pages", seconds, bare, unit="s") + f" peak={peak:.0f}MB"
    yield line(f"pack_{pages}_pages_against_tagged", seconds, tagged, unit="s")
