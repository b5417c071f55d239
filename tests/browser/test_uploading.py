"""Many files in a browser: dropped on the form, sent one by one with their progress, each with an answer of its own."""

from collections.abc import Callable
from typing import Any

import pytest

from aims.tenancy.models import Organisation
from aims.tenancy.scope import working_in
from evidence.models import EvidenceItem
from tests.browser.browsing import IN_A_BROWSER, violations

pytestmark = IN_A_BROWSER
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

UPLOAD = "/o/acme/evidence/upload/"
ROWS = "[data-uploads-report] tbody tr"
# A browser gives a page the files that were dropped and no way to make a real drop; this is the event that it then sends.
DROP = """files => {
    const carried = new DataTransfer();
    for (const [name, text] of files) carried.items.add(new File([text], name, {type: "text/csv"}));
    const said = name => document.querySelector("[data-uploads] form").dispatchEvent(
        new DragEvent(name, {dataTransfer: carried, bubbles: true, cancelable: true}));
    said("dragenter");
    const marked = document.querySelector("[data-uploads]").classList.contains("is-dropping");
    return [marked, said("drop")];
}"""


@pytest.fixture
def open_upload(open_browser: Any) -> Callable[..., Any]:
    """The page with the kind chosen, which holds for all files."""

    def open_it(**options: Any) -> Any:
        page = open_browser("contributor@acme.example", **options)
        page.goto(UPLOAD)
        page.select_option("#id_kind", label="Evaluation")
        return page

    return open_it


@pytest.fixture
def titles(world: Any) -> Callable[[], set[str]]:
    """What the library of acme holds, when asked."""
    acme = Organisation.objects.get(slug="acme")

    def ask() -> set[str]:
        with working_in(acme):
            return set(EvidenceItem.objects.values_list("title", flat=True))

    return ask


def drop(page: Any, files: dict[str, str]) -> None:
    marked, was_left_to_the_browser = page.evaluate(DROP, list(files.items()))
    assert marked
    assert not was_left_to_the_browser, "the browser would leave the page and show the file"


def submit(page: Any) -> None:
    page.click("[data-uploads] form button[type=submit]")


def test_dropped_files_are_added_and_a_refused_one_takes_no_other_with_it(open_upload: Any, titles: Any) -> None:
    page = open_upload()
    drop(page, {"dropped one.csv": "group,value\na,1\n"})
    drop(page, {"dropped two.csv": "group,value\nb,2\n", "programme.exe": "MZ not evidence"})
    assert page.evaluate("document.querySelector('#id_files').files.length") == 3
    submit(page)
    expect(page.locator(f"{ROWS} td > span")).to_have_count(3)
    said = {row.locator("th").inner_text(): row.locator("td").inner_text() for row in page.locator(ROWS).all()}
    assert "Added" in said["dropped one.csv"]
    assert "Added" in said["dropped two.csv"]
    assert "Refused" in said["programme.exe"]
    assert {"dropped one", "dropped two"} <= titles()
    assert "programme" not in titles()
    assert page.url.endswith(UPLOAD)
    assert violations(page) == []


def test_each_file_is_sent_alone_and_shows_how_far_it_is(open_upload: Any) -> None:
    page = open_upload()
    sent: list[int] = []
    page.on("request", lambda request: sent.append(1) if request.method == "POST" else None)
    held: list[Any] = []
    page.route("**/evidence/upload/", lambda route: held.append(route))
    drop(page, {"slow one.csv": "a,b\n1,2\n", "slow two.csv": "a,b\n3,4\n"})
    submit(page)
    expect(page.locator(f"{ROWS} progress")).to_have_count(2)
    assert page.locator(f"{ROWS} progress").first.get_attribute("aria-label") == "Waiting: slow one.csv"
    assert page.locator("[data-uploads] form button[type=submit]").is_disabled()
    page.wait_for_timeout(200)
    assert len(sent) == 1, "the second waits for the first"
    held.pop().continue_()
    expect(page.locator(f"{ROWS} td > span")).to_have_count(1)
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(page.locator(f"{ROWS} td > span")).to_have_count(2)
    assert len(sent) == 2
    assert page.locator("[data-uploads] form button[type=submit]").is_enabled()


def test_a_lost_connection_says_so_and_the_others_go_on(open_upload: Any, titles: Any) -> None:
    page = open_upload(excused="ERR_FAILED")
    asked: list[int] = []

    def breaks_once(route: Any) -> None:
        asked.append(1)
        route.abort() if len(asked) == 1 else route.continue_()

    page.route("**/evidence/upload/", breaks_once)
    drop(page, {"lost on the way.csv": "a\n1\n", "arrived after it.csv": "a\n2\n"})
    submit(page)
    expect(page.locator(f"{ROWS} td > span")).to_have_count(1)
    first = page.locator(ROWS).first.inner_text()
    assert "The connection broke off before an answer came." in first
    assert "arrived after it" in titles()
    assert "lost on the way" not in titles()


def test_without_the_script_the_form_sends_all_and_answers_with_the_same_table(open_upload: Any, titles: Any) -> None:
    page = open_upload(java_script_enabled=False)
    files = [
        {"name": f"plain {name}.csv", "mimeType": "text/csv", "buffer": f"a\n{name}\n".encode()} for name in ("x", "y")
    ]
    page.set_input_files("#id_files", files)
    submit(page)
    expect(page.locator(f"{ROWS} td > span")).to_have_count(2)
    assert {"plain x", "plain y"} <= titles()
