"""The demo's material: complete, consistent, and standing where it says that it stands."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from aims.standards import catalogue
from cases.detectors import check_config
from cases.patterns import instantiate, pattern_called
from evidence.sniffing import sniff
from inventory import tiering

DEMO = Path(__file__).resolve().parents[2] / "aims" / "site" / "demo"
SLUGS = ("acme", "globex")
ROLES = {"officer", "owner", "contributor", "challenger", "executive", "internal_auditor"}
EVIDENCE_KINDS = {
    "test_report", "evaluation", "red_team", "control_evaluation", "monitoring_series", "audit_report", "review_record",
    "formal_analysis", "user_study", "incident_record", "expert_judgement", "document", "certificate", "attestation",
    "dataset_record", "model_record", "training_record",
}  # fmt: skip
ENVIRONMENTS = ("training", "validation", "test", "shadow", "production")
LEVELS = {"unsupported": 1, "weakened": 3, "holds": 4}


class NoRepeats(yaml.SafeLoader):
    """A key that appears twice would silently hide its first value."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _value in node.value]
        assert len(keys) == len(set(keys)), f"line {node.start_mark.line + 1}: a key appears twice"
        return super().construct_mapping(node, deep)


def load(slug):
    return yaml.load((DEMO / f"{slug}.yaml").read_text(encoding="utf-8"), Loader=NoRepeats)  # noqa: S506


@pytest.fixture(scope="module", params=SLUGS)
def demo(request):
    return load(request.param)


def fields(entry, required, optional=()):
    assert set(required) <= set(entry) <= set(required) | set(optional), f"{sorted(entry)} in {entry}"


def by_key(entries):
    found = {entry["key"]: entry for entry in entries}
    assert len(found) == len(entries), "a key is used twice"
    return found


def elements(element):
    """The element, its contexts and everything below it."""
    yield element
    for each in element.get("context", ()):
        yield each
    for each in element.get("supported_by", ()):
        yield from elements(each)


def test_every_part_is_there(demo):
    fields(
        demo,
        "organisation documents suppliers systems controls risks evidence requests cases audit review".split(),  # noqa: SIM905
        ["shared_cases", "citations", "rewordings", "challenges", "reviews", "from_templates"],
    )
    fields(demo["organisation"], ["slug", "name", "about"], ["engagement_covers"])
    systems = by_key(demo["systems"])
    assert set(demo["organisation"].get("engagement_covers", [])) <= systems.keys()
    assert len(demo["cases"]) == 3


def test_nothing_is_blank_or_breaks_off(demo):
    def walk(value, path):
        if isinstance(value, dict):
            for key, each in value.items():
                assert isinstance(key, str), f"{path}: {key!r} is no text; quote it"
                walk(each, f"{path}.{key}")
        elif isinstance(value, list):
            for at, each in enumerate(value):
                walk(each, f"{path}[{at}]")
        elif isinstance(value, str):
            is_how_of_an_excluded_control = path.startswith("controls.") and path.endswith("[3]")
            assert value.strip() or is_how_of_an_excluded_control, f"{path} is blank"
            assert value == value.strip() or value.endswith("\n"), f"{path} has blanks around it"

    for part, value in demo.items():
        walk(value, part)


def test_documents(demo):
    kinds = set()
    for each in demo["documents"]:
        fields(each, ["key", "title", "kind", "owner", "approver", "review_in", "body"])
        assert each["owner"] in ROLES and each["approver"] in ROLES and each["owner"] != each["approver"]
        kinds.add(each["kind"])
    assert {"scope", "policy", "roles"} <= kinds


def test_systems(demo):
    suppliers = by_key(demo["suppliers"])
    for each in by_key(demo["systems"]).values():
        fields(
            each,
            ["key", "name", "purpose", "outputs", "stage", "tier", "unit", "topic", "supplier", "next_review",
             "screening", "versions", "deployments"],
            ["retired"],
        )  # fmt: skip
        assert each["stage"] in ("planned", "development", "verification", "operation")
        assert each["supplier"] is None or each["supplier"] in suppliers
        for version in each["versions"]:
            fields(version, ["label", "released", "deployed", "notes"])
            assert isinstance(version["label"], str)
            assert version["deployed"] is None or version["released"] <= version["deployed"] <= 0
        for deployment in each["deployments"]:
            fields(deployment, ["name", "environment", "since", "users"])
            assert deployment["environment"] in ENVIRONMENTS
        assert (each["stage"] == "operation") == any(v["deployed"] is not None for v in each["versions"])
        if "retired" in each:
            fields(each["retired"], ["when", "reason"])
    for supplier in suppliers.values():
        fields(supplier, ["key", "name", "notes"])
        assert any(each["supplier"] == supplier["key"] for each in demo["systems"]), supplier["name"]


def test_there_is_a_system_of_every_tier_and_the_prohibited_one_was_refused(demo):
    assert {each["tier"] for each in demo["systems"]} == {"T0", "T1", "T2", "T3", "TX"}
    for each in demo["systems"]:
        assert (each["tier"] == "TX") == ("retired" in each)
        assert each["tier"] != "TX" or (each["stage"] == "planned" and not each["versions"])


def test_the_tiers_follow_from_the_screening_answers(demo):
    for each in demo["systems"]:
        assert tiering.tier_of(each["screening"]).tier == each["tier"], each["name"]


def test_every_annex_a_control_is_decided_with_a_reason(demo):
    assert list(demo["controls"]) == [each.ref for each in catalogue.controls()]
    for ref, row in demo["controls"].items():
        assert len(row) == 4, f"{ref}: quote the text that holds a comma"
        applicability, why, state, how = row
        assert applicability in ("applicable", "excluded"), ref
        assert state in ("not_started", "partial", "implemented"), ref
        assert len(why) > 20 and why.endswith("."), ref
        assert bool(how) == (applicability == "applicable"), ref
    assert any(row[0] == "excluded" for row in demo["controls"].values())


def test_risks(demo):
    systems, terms = by_key(demo["systems"]), catalogue.risk_taxonomy().terms()
    for each in by_key(demo["risks"]).values():
        fields(
            each,
            ["key", "title", "description", "systems", "source", "harm", "owner", "inherent", "current", "residual",
             "reason", "treatment", "status", "review_in", "controls", "actions"],
            ["acceptance"],
        )  # fmt: skip
        assert set(each["systems"]) <= set(systems) and each["systems"]
        assert each["source"] in terms and each["harm"] in terms
        assert each["controls"] and all(demo["controls"][ref][0] == "applicable" for ref in each["controls"])
        assert each["treatment"] in {option.ref for option in catalogue.risk_taxonomy().treatment_options}
        assert each["status"] in ("assessed", "in_treatment", "accepted")
        assert (each["status"] == "accepted") == ("acceptance" in each) == (each["treatment"] == "retain")
        scores = [likelihood * impact for likelihood, impact in (each["inherent"], each["current"], each["residual"])]
        assert scores == sorted(scores, reverse=True), f"{each['key']}: inherent, current, residual must not rise"
        assert all(1 <= part <= 5 for pair in ("inherent", "current", "residual") for part in each[pair])
        for action in each["actions"]:
            fields(action, ["what", "who", "due", "status"])
            assert action["who"] in ROLES and action["status"] in ("planned", "in_progress", "done")
        if "acceptance" in each:
            fields(each["acceptance"], ["by", "until", "reason"])
            assert each["acceptance"]["by"] != each["owner"] and each["acceptance"]["until"] > 0


def test_evidence(demo):
    systems = by_key(demo["systems"])
    for each in by_key(demo["evidence"]).values():
        fields(
            each,
            ["key", "title", "kind", "description", "system", "version", "owner", "collected", "observed", "valid_for",
             "grace", "environment", "method", "review", "controls", "file"],
            ["review_note", "dataset", "population", "n", "independence", "confidentiality"],
        )  # fmt: skip
        assert each["kind"] in EVIDENCE_KINDS
        start, end = each["observed"]
        assert start <= end <= each["collected"] < 0, each["key"]
        assert each["valid_for"] > each["grace"] >= 0
        assert each["review"] in ("accepted", "rejected", "pending")
        assert (each["review"] == "rejected") == ("review_note" in each)
        assert all(demo["controls"][ref][0] == "applicable" for ref in each["controls"])
        assert (each["system"] is None) == (each["version"] is None) == (each["environment"] is None)
        if each["system"]:
            assert each["version"] in [version["label"] for version in systems[each["system"]]["versions"]]
            assert each["environment"] in ENVIRONMENTS
        fields(each["file"], ["name", "body"])
        kind = sniff(each["file"]["body"].encode(), each["file"]["name"]).kind
        assert kind.media_type in ("text/csv", "text/markdown", "text/plain")
        if kind.media_type == "text/csv":
            widths = {line.count(",") for line in each["file"]["body"].splitlines()}
            assert len(widths) == 1, f"{each['key']}: rows of different width"


def test_evidence_is_valid_no_longer_than_its_tier_allows(demo):
    systems = by_key(demo["systems"])
    for each in demo["evidence"]:
        if each["system"]:
            months = tiering.tier_of(systems[each["system"]]["screening"]).requires.evidence_months
            assert each["valid_for"] <= months * 31, each["key"]


def test_some_evidence_is_about_to_age_and_some_is_in_its_grace(demo):
    left = [each["collected"] + each["valid_for"] for each in demo["evidence"]]
    assert any(0 < days <= 35 for days in left)
    assert any(
        -each["grace"] < each["collected"] + each["valid_for"] < 0
        for each in demo["evidence"]
        if each["review"] == "accepted"
    )


def test_requests(demo):
    systems, items = by_key(demo["systems"]), by_key(demo["evidence"])
    for each in demo["requests"]:
        fields(
            each, ["title", "description", "kind", "owner", "by", "due", "system", "control", "state"], ["item", "note"]
        )
        assert each["owner"] in ROLES and each["by"] in ROLES and each["owner"] != each["by"]
        assert each["kind"] is None or each["kind"] in EVIDENCE_KINDS
        assert each["system"] is None or each["system"] in systems
        assert each["control"] is None or each["control"] in demo["controls"]
        assert each["state"] in ("asked", "submitted", "accepted", "declined") and each["due"] >= 0
        if each["state"] in ("submitted", "accepted"):
            item = items[each["item"]]
            assert each["kind"] in (None, item["kind"]) and each["system"] in (None, item["system"])
            assert item["owner"] == each["owner"]


def test_cases_are_well_formed_arguments(demo):
    systems, items = by_key(demo["systems"]), by_key(demo["evidence"])
    for case in by_key(all_cases(demo)).values():
        fields(
            case,
            ["key", "system", "title", "purpose", "scope", "owner", "review_by", "expected", "argument"],
            ["authors", "life", "conditions", "shows"],
        )
        assert set(case.get("authors", [])) <= set(ROLES) - {case["owner"], "challenger"}
        assert case["system"] in systems and case["owner"] in ROLES and case["review_by"] > 0
        found = by_key(list(elements(case["argument"])))
        assert "goal" in case["argument"]
        for each in found.values():
            if "kind" in each:
                fields(each, ["key", "kind", "statement"])
                assert each["kind"] in ("context", "assumption", "justification")
                continue
            kind = next(kind for kind in ("goal", "strategy", "solution") if kind in each)
            if kind == "solution":
                fields(each, ["key", "solution", "evidence"])
                assert each["evidence"]
                for binding in each["evidence"]:
                    fields(binding, ["item", "relevance", "environment_required"], ["locator"])
                    assert items[binding["item"]]["system"] == case["system"]
            else:
                fields(each, ["key", kind, "supported_by"], ["context", "owner", "metrics", "public"])
                assert each.get("owner", case["owner"]) in ROLES
                for metric in each.get("metrics", []):
                    assert kind == "goal"
                    days = [day for day, *_measured in metric["readings"]]
                    assert (
                        days == sorted(set(days))
                        and days[-1] < 0
                        and days[-1] - days[0] > (300 if metric["dimensions"] else 20)
                    )
                    labels = {one["label"] for one in systems[case["system"]]["versions"]}
                    for _day, version, *measured in metric["readings"]:
                        assert version in labels and len(measured) == len(metric["groups"])
                assert each["supported_by"], f"{case['key']}: {each['key']} is not developed"
                if kind == "strategy":
                    assert all("goal" in child for child in each["supported_by"])


def test_conditions_say_who_watches_what(demo):
    states = set()
    for case in demo["cases"]:
        keys = set(by_key(list(elements(case["argument"]))))
        for each in case.get("conditions", []):
            if "ruled_out" in each:
                fields(each, ["type", "ruled_out"])
                continue
            fields(
                each,
                ["about", "type", "statement", "detector", "config", "every", "max_silence", "effect", "actions",
                 "responder", "within"],
                ["threshold", "clear_after", "reports", "attested", "acknowledged"],
            )  # fmt: skip
            assert each["about"] is None or each["about"] in keys
            assert each["responder"] in ROLES and each["max_silence"] >= each["every"]
            assert each["effect"] in ("weakened", "unsupported")
            told = {name: "2030-01-01" if name == "on" else value for name, value in each["config"].items()}
            check_config(each["detector"], told, each.get("threshold"))
            days = [day for day, *_seen in each.get("reports", [])]
            assert days == sorted(set(days)) and all(day < 0 for day in days)
            is_silent = bool(days) and -days[-1] * 24 > each["max_silence"]
            states.add("acknowledged" if "acknowledged" in each else "silent" if is_silent else "armed")
        if case["expected"] == "holds":
            assert all("acknowledged" not in each for each in case.get("conditions", [])), case["key"]
    assert "armed" in states
    assert demo["organisation"]["slug"] != "acme" or states == {"armed", "silent", "acknowledged"}


def test_each_case_stands_where_it_says_that_it_stands(demo):
    """The rule of standing for plain arguments: the least of what an element rests on."""
    items, systems = by_key(demo["evidence"]), by_key(demo["systems"])

    def standing(element):
        if "evidence" in element:
            return min(of_evidence(binding) for binding in element["evidence"])
        return min(standing(child) for child in element["supported_by"])

    def of_evidence(binding):
        item = items[binding["item"]]
        left = item["collected"] + item["valid_for"]
        far_enough = ENVIRONMENTS.index(item["environment"]) >= ENVIRONMENTS.index(binding["environment_required"])
        assert far_enough, f"{item['key']} comes from {item['environment']}"
        if item["review"] == "rejected" or left + item["grace"] < 0:
            return 1
        deployed = [v["label"] for v in systems[item["system"]]["versions"] if v["deployed"] is not None][-1]
        return 3 if left < 0 or item["version"] != deployed else 4

    assert {case["expected"] for case in demo["cases"]} == set(LEVELS)
    for case in all_cases(demo):
        assert standing(case["argument"]) == LEVELS[case["expected"]], case["key"]
    for case in demo["cases"]:
        assert systems[case["system"]]["tier"] in ("T2", "T3")


def all_cases(demo):
    return [*demo["cases"], *demo.get("shared_cases", [])]


def test_challenges_are_about_elements_of_their_case_and_nobody_decides_on_their_own(demo):
    cases = by_key([*demo["cases"], *demo.get("shared_cases", [])])
    settled = {"refuted", "sustained", "residual", "withdrawn"}
    for one in demo.get("challenges", []):
        fields(
            one, ["case", "about", "attack", "severity", "by", "statement"], ["step_to", "answer", "argued", *settled]
        )
        assert one["case"] in cases
        assert len(settled & set(one)) <= 1, one
        for verdict in ("refuted", "sustained", "residual"):
            if verdict in one:
                assert one[verdict]["by"] not in (one["by"], one.get("answer", {}).get("by")), one


def test_templates_take_their_answers(demo):
    for one in demo.get("from_templates", []):
        fields(
            one,
            "key template system title purpose scope owner expected answers adopted".split(),  # noqa: SIM905
            [],
        )
        assert one["system"] in by_key(demo["systems"])
        assert one["expected"] == "undeveloped"  # no evidence was bound yet
        draft = instantiate(pattern_called(one["template"]), one["answers"], today=date(2026, 11, 21))
        keys = {element.key for element in draft.elements}
        assert set(one["adopted"]) < keys  # some of it is still to be read


def test_citations_lead_to_something_public_that_holds():
    demo = load("acme")
    cases = by_key(all_cases(demo))
    for one in demo["citations"]:
        fields(one, ["case", "below", "kind", "cites", "key"])
        assert one["below"] in by_key(list(elements(cases[one["case"]]["argument"])))
        assert by_key(list(elements(cases[one["cites"]]["argument"])))[one["key"]]["public"]
        assert cases[one["cites"]]["expected"] == "holds"
    for one in demo["rewordings"]:
        fields(one, ["case", "key", "statement"])
        assert cases[one["case"]]["expected"] == "weakened"
        assert by_key(list(elements(cases[one["case"]]["argument"])))[one["key"]]["statement"] != one["statement"]


def test_the_audit(demo):
    audit, systems = demo["audit"], by_key(demo["systems"])
    fields(
        audit,
        ["title", "criteria", "scope", "lead", "starts", "ends", "clauses", "checklist", "findings", "conclusion",
         "nonconformities"],
    )  # fmt: skip
    assert audit["lead"] == "internal_auditor" and audit["starts"] <= audit["ends"] < 0
    listed = {each.id for ref in audit["clauses"] for each in catalogue.requirements(ref)}
    assert set(audit["checklist"]) <= listed
    for row in audit["checklist"].values():
        fields(row, ["result", "notes"])
        assert row["result"] in ("conforms", "nonconforming", "not_applicable")
    findings = by_key(audit["findings"])
    for each in findings.values():
        fields(each, ["key", "grade", "requirement", "system", "statement", "seen"])
        assert each["requirement"] in audit["checklist"]
        assert each["grade"] in ("major", "minor", "observation", "opportunity")
        assert each["system"] is None or each["system"] in systems
        is_nonconforming = audit["checklist"][each["requirement"]]["result"] == "nonconforming"
        assert (each["grade"] in ("major", "minor")) == is_nonconforming
    for each in audit["nonconformities"]:
        fields(each, ["key", "finding", "title", "description", "owner", "due", "correction", "root_cause", "actions"])
        assert findings[each["finding"]]["grade"] in ("major", "minor")
        for action in each["actions"]:
            fields(action, ["what", "who", "due", "status"], ["done", "note", "checked", "check_note"])
            assert action["who"] in ROLES
            assert ("done" in action) == (action["status"] in ("done", "effective"))
            assert ("checked" in action) == (action["status"] == "effective")


def test_the_review(demo):
    review = demo["review"]
    fields(review, ["title", "held", "chair", "attendees", "comments", "decisions", "actions", "conclusion"])
    assert review["held"] < 0 and review["chair"] == "executive"
    assert set(review["comments"]) <= {each.id for each in catalogue.review_inputs()}
    for each in review["decisions"]:
        fields(each, ["result", "statement"])
        assert each["result"] in {result.id for result in catalogue.review_results()}
    assert {"MR-OUT-1", "MR-OUT-2"} <= {each["result"] for each in review["decisions"]}
    for each in review["actions"]:
        fields(each, ["decision", "what", "who", "due", "status"], ["note"])
        assert each["decision"] is None or 1 <= each["decision"] <= len(review["decisions"])
        assert each["who"] in ROLES and (each["status"] == "done") == ("note" in each)


def test_the_readme_names_every_part():
    text = (DEMO / "README.md").read_text(encoding="utf-8")
    for part in load("acme"):
        assert f"`{part}`" in text
    for role in ROLES:
        assert f"`{role}`" in text
