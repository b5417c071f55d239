"""Loading the demo's material through the actions that a person at a page would cause."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from aims.site.demo.arguments import hand_in_argument
from aims.site.demo.challenges import load_challenges, load_reviews
from aims.site.demo.checking_and_improving import load_audit, load_documents, load_positions, load_review
from aims.site.demo.conditions import load_conditions
from aims.site.demo.life import bring_into_force
from aims.site.demo.people import PEOPLE, account
from aims.site.demo.templates import load_from_template
from aims.site.organisations import open_organisation
from aims.tenancy.actions import add_member, open_engagement
from aims.tenancy.models import Member, Organisation
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from audits.models import Pack
from audits.packs.actions import request_pack
from cases.access import Part
from cases.actions import (
    add_element,
    add_indicator,
    appoint,
    bind_evidence,
    create_case,
    define_metric,
    freeze_baseline,
    link_control,
    look_for_smells,
    record_readings,
    restate_element,
)
from cases.cells import Dimension
from cases.incoming import Incoming
from cases.models import AssuranceCase, Element
from cases.sweep import reevaluate_due
from evidence.actions import (
    accept_submission,
    add_evidence,
    ask_for_evidence,
    decline_request,
    review_version,
    submit_evidence,
)
from evidence.models import EvidenceItem
from evidence.subjects import subject_of
from evidence.sweep import flag_due
from inventory.actions import add_supplier, add_version, deploy_version, register_system, retire_system, screen_system
from inventory.engagement_actions import cover
from inventory.import_actions import import_at_once
from inventory.importing import guess_mapping, parse, plan
from inventory.models import AISystem, Supplier, SystemVersion
from risks.actions import (
    accept_risk,
    add_risk,
    add_treatment,
    complete_treatment,
    edit_control,
    link_evidence,
    refresh_effectiveness,
    start_treatment,
)
from risks.models import Control, Risk

HERE = Path(__file__).parent
SLUGS = ("acme", "globex")
REVIEW_NOTES = {
    "accepted": "Read in full; the figures agree with the source.",
    "rejected": "The method is not described well enough to repeat it.",
}


def load_demo(password: str, say: Callable[[str], None] = lambda text: None) -> list[Organisation]:
    """Load what is not there yet; each organisation whole or not at all."""
    loaded = []
    for slug in SLUGS:
        if Organisation.objects.filter(slug=slug).exists():
            say(f"{slug} is there already")
            continue
        material = yaml.safe_load((HERE / f"{slug}.yaml").read_text())
        with transaction.atomic():
            organisation = open_organisation(name=material["organisation"]["name"], slug=slug)
            with working_in(organisation):
                loader = Loader(organisation, material, password)
                loader.load()
        say(f"{slug} loaded: {loader.summary()}")
        loaded.append(organisation)
    return loaded


class Loader:
    """One organisation's material; keeps what its keys stand for."""

    def __init__(self, organisation: Organisation, material: dict[str, Any], password: str) -> None:
        self.organisation = organisation
        self.material = material
        self.password = password
        self.people: dict[str, Member] = {}
        self.suppliers: dict[str, Supplier] = {}
        self.systems: dict[str, AISystem] = {}
        self.versions: dict[tuple[str, str], SystemVersion] = {}
        self.evidence: dict[str, EvidenceItem] = {}
        self.cases: dict[str, AssuranceCase] = {}
        self.risks: dict[str, Risk] = {}

    def load(self) -> None:
        """Everything, in the order in which it could have happened."""
        self.load_people()
        for supplier in self.material["suppliers"]:
            self.suppliers[supplier["key"]] = add_supplier(
                name=supplier["name"], notes=supplier["notes"], actor=self.people["officer"]
            )
        for system in self.material["systems"]:
            self.load_system(system)
        covered = self.material["organisation"].get("engagement_covers", [])
        if covered:
            cover(self.engagement, systems=[self.systems[key] for key in covered], actor=self.people["officer"])
        self.load_controls()
        for risk in self.material["risks"]:
            self.load_risk(risk)
        for item in self.material["evidence"]:
            self.load_evidence(item)
        cases = [*self.material["cases"], *self.material.get("shared_cases", [])]
        for case in cases:
            self.load_case(case)
        for citation in self.material.get("citations", []):
            self.load_citation(citation)
        for item in self.material["evidence"]:
            self.review_evidence(item)
        for request in self.material["requests"]:
            self.load_request(request)
        follow_and_sweep()
        for case in cases:
            self.freeze(case["key"], "For the review by the team")
        for reworded in self.material.get("rewordings", []):
            self.reword(reworded)
            self.freeze(reworded["case"], "After the comments of the team")
        for entry in self.material.get("from_templates", []):
            self.cases[entry["key"]] = load_from_template(entry, self.systems, self.people)
        load_challenges(self.material.get("challenges", []), self.cases, self.people, self.day)
        load_reviews(self.material.get("reviews", []), self.cases, self.people)
        for case in cases:
            if "life" in case:
                bring_into_force(self.cases[case["key"]], case["life"], self.people, self.password)
            for shown in case.get("shows", []):
                self.show_control(self.cases[case["key"]], shown)
        for case in [*cases, *self.material.get("from_templates", [])]:
            self.check_standing(case)
        load_documents(self.material["documents"], self.people, self.day)
        load_positions(self.people, self.day)
        load_audit(self.material["audit"], self.systems, self.people, self.day)
        load_review(self.material["review"], self.people, self.day)
        self.import_more_systems()
        hand_in_argument(self.systems, self.people["officer"])
        look_for_smells(actor=self.people["officer"])
        request_pack(
            title="Pack for the surveillance audit",
            scope=Pack.Scope.SYSTEMS if covered else Pack.Scope.ORGANISATION,
            systems=[self.systems[key] for key in covered],
            actor=self.people["officer"],
        )

    def summary(self) -> str:
        """What was loaded, counted."""
        return f"{len(self.systems)} systems, {len(self.risks)} risks, {len(self.evidence)} pieces of evidence"

    def day(self, offset: int | None) -> Any:
        """A date so many days from today; None stays None."""
        return None if offset is None else timezone.localdate() + timedelta(days=offset)

    def noon(self, offset: int) -> datetime:
        """Noon of a past day, or a moment ago for today."""
        at = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=offset), time(12)))
        return min(at, timezone.now() - timedelta(minutes=1))

    def load_people(self) -> None:
        for person in PEOPLE:
            email = person.email.format(slug=self.organisation.slug)
            self.people[person.key] = add_member(
                self.organisation,
                user=account(email, person.name, self.password),
                display_name=person.name,
                roles=[person.role],
                job_title=person.job_title,
                actor=None,
            )
        self.engagement = open_engagement(
            self.people["certifier"],
            title="Surveillance audit, year 1",
            body="Assessor Certification",
            starts_on=self.day(-7),
            ends_on=self.day(60),
            period_from=self.day(-365),
            period_to=self.day(0),
            is_limited="engagement_covers" in self.material["organisation"],
            actor=self.people["officer"],
        )

    def load_system(self, entry: dict[str, Any]) -> None:
        officer = self.people["officer"]
        system = register_system(
            name=entry["name"],
            purpose=entry["purpose"],
            outputs=entry["outputs"],
            stage=entry["stage"],
            owner=self.people["owner"],
            supplier=self.suppliers.get(entry["supplier"]),
            business_unit=entry["unit"],
            topic=entry["topic"],
            next_review_on=self.day(entry["next_review"]),
            actor=officer,
        )
        screen_system(system, answers=entry["screening"], actor=officer)
        for version in entry["versions"]:
            made = add_version(
                system,
                label=version["label"],
                released_on=self.day(version["released"]),
                notes=version["notes"],
                actor=officer,
            )
            if version["deployed"] is not None:
                deploy_version(made, deployed_at=self.noon(version["deployed"]), actor=officer)
            self.versions[entry["key"], version["label"]] = made
        if retired := entry.get("retired"):
            retire_system(system, reason=retired["reason"], actor=officer)
        self.systems[entry["key"]] = AISystem.objects.get(pk=system.pk)

    @cached_property
    def controls(self) -> dict[str, Control]:
        return {control.reference: control for control in Control.objects.all()}

    def import_more_systems(self) -> None:
        """Two everyday systems that a department kept in a spreadsheet of its own."""
        content = (HERE / "departments.csv").read_bytes()
        parsed = parse(content)
        import_at_once(
            plan(parsed, guess_mapping(parsed)),
            organisation_id=self.organisation.pk,
            file_name="departments.csv",
            sha256=sha256(content).hexdigest(),
            actor=self.people["officer"],
        )

    def load_controls(self) -> None:
        for reference, (applicability, justification, state, how) in self.material["controls"].items():
            edit_control(
                self.controls[reference],
                applicability=applicability,
                justification=justification,
                implementation=state or Control.Implementation.NOT_STARTED,
                implementation_note=how or "",
                owner=self.people["officer"],
                actor=self.people["officer"],
            )

    def load_risk(self, entry: dict[str, Any]) -> None:
        ratings = {
            f"{prefix}{part}": value
            for prefix, pair in (
                ("inherent_", entry["inherent"]),
                ("", entry["current"]),
                ("residual_", entry["residual"]),
            )
            for part, value in zip(("likelihood", "impact"), pair or (None, None), strict=True)
        }
        risk = add_risk(
            title=entry["title"],
            description=entry["description"],
            source=entry["source"],
            harm=entry["harm"],
            owner=self.people[entry["owner"]],
            rating_reason=entry["reason"],
            treatment_option=entry["treatment"],
            review_on=self.day(entry["review_in"]),
            systems=[self.systems[key] for key in entry["systems"]],
            controls=[self.controls[reference] for reference in entry["controls"]],
            actor=self.people["officer"],
            **ratings,
        )
        for action in entry["actions"]:
            treatment = add_treatment(
                risk,
                description=action["what"],
                owner=self.people[action["who"]],
                due_on=self.day(action["due"]),
                actor=self.people["officer"],
            )
            if action["status"] in ("in_progress", "done"):
                start_treatment(treatment, actor=self.people[action["who"]])
            if action["status"] == "done":
                complete_treatment(
                    treatment, note=action.get("note", "Carried out as planned."), actor=self.people[action["who"]]
                )
        if acceptance := entry.get("acceptance"):
            accept_risk(
                risk,
                until=self.day(acceptance["until"]),
                reason=acceptance["reason"],
                actor=self.people[acceptance["by"]],
            )
        self.risks[entry["key"]] = risk

    def load_evidence(self, entry: dict[str, Any]) -> None:
        submitter = self.people[entry["owner"]]
        observed = entry.get("observed") or [None, None]
        item = add_evidence(
            title=entry["title"],
            kind=entry["kind"],
            description=entry["description"],
            owner=submitter,
            system=self.systems.get(entry["system"]),
            system_version=self.versions.get((entry["system"], entry["version"])),
            collected_at=self.noon(entry["collected"]),
            observed_from=self.day(observed[0]),
            observed_to=self.day(observed[1]),
            valid_for_days=entry["valid_for"],
            grace_days=entry["grace"],
            environment=entry["environment"] or "",
            dataset_version=entry.get("dataset", ""),
            population=entry.get("population", ""),
            sample_size=entry.get("n"),
            independence=entry.get("independence", ""),
            confidentiality=entry.get("confidentiality", "internal"),
            method=entry["method"] or "",
            files=[ContentFile(entry["file"]["body"].encode(), name=entry["file"]["name"])],
            actor=submitter,
        )
        for reference in entry["controls"]:
            link_evidence(self.controls[reference], item=item, actor=self.people["officer"])
        self.evidence[entry["key"]] = item

    def show_control(self, case: AssuranceCase, entry: dict[str, str]) -> None:
        """A claim that shows a control to work."""
        claim = Element.objects.addressed(entry["claim"]).select_related("case__system").get(case=case)
        control = self.controls[entry["control"]]
        link_control(control, element=claim, relevance=entry["relevance"], actor=self.people["officer"])

    def review_evidence(self, entry: dict[str, Any]) -> None:
        """The verdict of somebody other than the submitter, which the cases then follow."""
        if entry["review"] != "pending":
            version = self.evidence[entry["key"]].versions.get()
            note = entry.get("review_note") or REVIEW_NOTES[entry["review"]]
            review_version(version, verdict=entry["review"], note=note, actor=self.people["challenger"])

    def load_request(self, entry: dict[str, Any]) -> None:
        """What somebody asked for, taken as far as the material says."""
        owner, asker = self.people[entry["owner"]], self.people[entry["by"]]
        asked = ask_for_evidence(
            title=entry["title"],
            description=entry["description"],
            kind=entry["kind"] or "",
            owner=owner,
            due_on=self.day(entry["due"]),
            system=self.systems.get(entry["system"]),
            subject=subject_of("control", entry["control"]) if entry["control"] else None,
            actor=asker,
        )
        if entry["state"] in ("submitted", "accepted"):
            submit_evidence(asked, item=self.evidence[entry["item"]], actor=owner)
        if entry["state"] == "accepted":
            accept_submission(asked, note=entry["note"], actor=asker)
        if entry["state"] == "declined":
            decline_request(asked, reason=entry["note"], actor=owner)

    def load_case(self, entry: dict[str, Any]) -> None:
        owner, top = self.people[entry["owner"]], entry["argument"]
        case = create_case(
            system=self.systems[entry["system"]],
            title=entry["title"],
            purpose=entry["purpose"],
            scope_text=entry["scope"],
            accountable_owner=owner,
            review_by=self.day(entry["review_by"]),
            actor=owner,
        )
        appoint(case, member=self.people["challenger"], part=Part.CHALLENGER, actor=owner)
        for key in entry.get("authors", []):
            appoint(case, member=self.people[key], part=Part.AUTHOR, actor=owner)
        self.load_element(case, top, None, owner)
        load_conditions(case, entry.get("conditions", []), self.people, self.day, self.noon)
        self.cases[entry["key"]] = case

    def load_citation(self, entry: dict[str, Any]) -> None:
        """An element of one case that cites a public one of another."""
        case = self.cases[entry["case"]]
        add_element(
            case,
            kind=entry["kind"],
            parent=self.element(entry["case"], entry["below"]),
            cites=self.element(entry["cites"], entry["key"]),
            actor=case.accountable_owner,
        )

    def reword(self, entry: dict[str, Any]) -> None:
        """An element said anew; its links wait for somebody to look at them."""
        element = self.element(entry["case"], entry["key"])
        actor = self.cases[entry["case"]].accountable_owner
        restate_element(element, revision=None, statement=entry["statement"], actor=actor)

    def freeze(self, case: str, reason: str) -> None:
        freeze_baseline(self.cases[case], reason=reason, actor=self.cases[case].accountable_owner)

    def element(self, case: str, key: str) -> Element:
        return Element.objects.in_use().filter(case=self.cases[case]).addressed(key).get()

    def check_standing(self, entry: dict[str, Any]) -> None:
        """The material says where each case stands on the day of loading; anything else is a mistake in it."""
        reached = AssuranceCase.objects.get(title=entry["title"]).get_standing_display().lower()
        if reached != entry["expected"]:
            raise ValueError(f"{entry['title']!r} should be {entry['expected']} on the day of loading and is {reached}")

    def load_element(self, case: AssuranceCase, entry: dict[str, Any], parent: Element | None, owner: Member) -> None:
        """An element with its context, what supports it and its evidence, depth first."""
        kind = next((kind for kind in ("goal", "strategy", "solution") if kind in entry), entry.get("kind", ""))
        element = add_element(
            case,
            kind=kind,
            key=entry["key"],
            statement=entry.get(kind) or entry["statement"],
            parent=parent,
            owner=self.people[entry["owner"]] if "owner" in entry else None,
            combine=entry.get("combine", "all"),
            combine_k=entry.get("combine_k"),
            combine_reason=entry.get("combine_reason", ""),
            is_undeveloped=entry.get("undeveloped", False),
            is_public=entry.get("public", False),
            actor=owner,
        )
        for metric in entry.get("metrics", []):
            self.load_metric(element, metric, owner)
        for below in [*entry.get("context", []), *entry.get("supported_by", [])]:
            self.load_element(case, below, element, owner)
        for bound in entry.get("evidence", []):
            bind_evidence(
                element,
                version=self.evidence[bound["item"]].versions.get(),
                locator=bound.get("locator", ""),
                relevance=bound["relevance"],
                environment_required=bound.get("environment_required", ""),
                actor=owner,
            )

    def load_metric(self, element: Element, entry: dict[str, Any], owner: Member) -> None:
        """A metric of a claim with the readings that its monitor sent."""
        dimensions = [Dimension.of(said) for said in entry["dimensions"]]
        metric = define_metric(
            element,
            indicator=add_indicator(**entry["indicator"], actor=owner),
            key=entry["key"],
            comparator=entry["comparator"],
            threshold=entry["threshold"],
            dimensions=dimensions,
            min_n=entry["min_n"],
            window_days=entry["window_days"],
            decision_rule=entry["decision_rule"],
            confidence_level=entry["confidence_level"],
            environment_required=entry["environment"],
            max_age_days=entry["max_age_days"],
            grace_days=entry["grace_days"],
            actor=owner,
        )
        readings: list[Incoming] = []
        for day, version, *measured in entry["readings"]:
            at = self.noon(day)
            for group, (value, half, count) in zip(entry["groups"], measured, strict=True):
                readings.append(
                    Incoming(
                        index=len(readings),
                        metric=metric.key,
                        value=value,
                        low=round(value - half, 3),
                        high=round(value + half, 3),
                        n=count,
                        measured_at=at,
                        window_start=at - timedelta(days=entry["window_days"]),
                        window_end=at,
                        dimensions=group,
                        environment=entry["environment"],
                        system_version=version,
                        source=entry["source"],
                        key=f"{at.date().isoformat()}/{'/'.join(group.values())}",
                    )
                )
        if refused := record_readings(readings, actor=self.people["contributor"]).refused:
            raise ValueError(f"{entry['key']}: {refused[0].message}")


def follow_and_sweep() -> None:
    """What the worker and the sweep would do next: controls and cases follow the evidence."""
    now = timezone.now()
    flag_due(now)
    refresh_effectiveness(Control.objects.all(), now)
    reevaluate_due(now)


def roles_shown() -> list[tuple[str, str]]:
    """The sign-ins of the demo: address and role, for the table that the command prints."""
    shown = []
    for slug in SLUGS:
        for person in PEOPLE:
            if person.role != Role.CERTIFICATION_AUDITOR:
                shown.append((person.email.format(slug=slug), str(Role(person.role).label)))
    return [*shown, ("certifier@assessor.example", str(Role.CERTIFICATION_AUDITOR.label))]
