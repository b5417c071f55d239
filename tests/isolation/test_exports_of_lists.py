"""Every list as CSV and XLSX, in a world whose free texts are formulas: nothing runs, nothing is another organisation's."""

import csv
import io

import pytest
from openpyxl import load_workbook

from aims.pages.exports import FORMULA_STARTS, PLAIN_NUMBER
from tests.isolation.conftest import FORMULA
from tests.isolation.test_garbage import PAGES
from tests.isolation.test_the_walk import browser, path_of, response_body

TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# Pages that list registers; an address that gains an export is found by itself and must be added here.
LISTS = {
    "inventory:system_list", "inventory:supplier_list", "evidence:evidence_list", "evidence:request_list",
    "risks:risk_list",
    "risks:control_list", "cases:case_list", "cases:signal_list", "cases:metric_list", "cases:metric_detail", "cases:condition_list",
    "cases:condition_detail", "cases:challenge_list", "cases:challenge_detail", "cases:comment_list",
    "cases:indicator_list", "audits:audit_list", "audits:finding_list",
    "audits:improvement", "audits:review_list", "tenancy:member_list", "trail:event_list",
}  # fmt: skip


def cells_of(kind: str, body: bytes) -> list[str]:
    if kind == "csv":
        return [cell for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")) for cell in row]
    book = load_workbook(io.BytesIO(body))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    return [str(cell.value) for cell in cells if cell.value is not None]


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_export_holds_text_and_only_the_own_organisation(world, kind):
    client = browser(world.member(world.acme, "officer"))
    exported, hostile, problems = set(), 0, []
    for address in PAGES:
        if "GET" not in address.callback.methods or "/imports/" in address.route:
            continue
        path = path_of(address, "acme", world)
        response = client.get(path, {"export": kind})
        if not response.get("Content-Disposition", "").endswith(f'.{kind}"'):
            continue
        exported.add(address.name)
        if not response["Content-Type"].startswith(TYPES[kind]):
            problems.append(f"{path} is {response['Content-Type']}")
        body = response_body(response)
        cells = cells_of(kind, body)
        dangerous = [c for c in cells if c.startswith(FORMULA_STARTS) and not PLAIN_NUMBER.match(c)]
        if dangerous:
            problems.append(f"{path} holds {dangerous[:3]}")
        if any("globex" in cell.lower() for cell in cells):
            problems.append(f"{path} shows something of the other organisation")
        hostile += any(FORMULA in cell for cell in cells)
    assert problems == []
    assert exported >= LISTS
    assert hostile >= 6, "the world's formulas are missing from the lists, so this test says nothing"


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_who_may_not_take_registers_out_gets_403(world, kind):
    for role in ("contributor", "observer"):
        member = world.member(world.acme, role)
        client = browser(member)
        expected = 200 if member.may("registers.export") else 403
        assert client.get("/o/acme/risks/", {"export": kind}).status_code == expected
