"""Reading arguments in the formats of other tools."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.drafts import DraftRefused, refusals_in, tidied, with_keys
from cases.exchange.formats import FORMATS, detect, read
from cases.exchange.source import Source

SHARED = Path(os.environ.get("AIMS_SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
SAMPLES = SHARED / "cases"


def source(text, name="file"):
    return Source(name, text if isinstance(text, bytes) else text.encode())


def drafted(text, format=""):
    return with_keys(tidied(read([source(text)], format)))


def said(notes):
    return [one.message % dict(one.words) for one in notes]


def placed(notes):
    return [f"{one.place}: {one.message % dict(one.words)}" for one in notes]


def steps(draft):
    key = {element.id: draft.address_of(element) for element in draft.elements}
    return {(key[one.source], key[one.target]) for one in draft.links}


def by_key(draft):
    return {draft.address_of(element): element for element in draft.elements}


def refused(text, format=""):
    """What is said, with its place, whether the reader or the rules refuse it."""
    try:
        found = refusals_in(drafted(text, format))
    except DraftRefused as error:
        found = error.refusals
    return [(one.place, one.message % dict(one.words)) for one in found]


# --- gsn2x --------------------------------------------------------------------------------------------------------------

PLAIN = """\
G1:
  text: The lift stops level with the floor
  supportedBy: S1
  inContextOf: [C1]
C1: {text: "Hotels with up to 12 floors"}
S1:
  text: Over causes
  supportedBy: [G2, G3]
G2:
  text: The brake holds
  supportedBy: [Sn1]
G3: {text: The sensor is read in time, undeveloped: true}
Sn1:
  text: Brake test
  url: https://example.org/brake.pdf
  responsible: workshop
  horizontalIndex: {relative: -1}
"""


def test_gsn2x_elements_links_and_what_is_left_out():
    draft = drafted(PLAIN)
    assert detect(source(PLAIN)) == "gsn2x"
    assert steps(draft) == {("G1", "S1"), ("G1", "C1"), ("S1", "G2"), ("S1", "G3"), ("G2", "Sn1")}
    assert by_key(draft)["G3"].is_undeveloped
    assert by_key(draft)["G1"].place == 2
    assert [(one.element, one.address) for one in draft.bindings] == [("Sn1", "https://example.org/brake.pdf")]
    assert said(draft.losses) == [
        "The layer “responsible” of Sn1 is left out.",
        "How elements are placed and coloured is left out: they are drawn anew.",
    ]
    assert draft.repairs == []
    assert refusals_in(draft) == []


def test_gsn2x_strategies_on_evidence_and_strategies_get_goals_between():
    text = """\
G1: {text: Top, supportedBy: [S1, Sn3]}
S1: {text: First, supportedBy: [Sn1, Sn2, S2]}
S2: {text: Second, supportedBy: [G2]}
G2: {text: Below, undeveloped: true}
Sn1: {text: One}
Sn2: {text: Two}
Sn3: {text: Three}
"""
    draft = drafted(text)
    assert steps(draft) == {
        ("G1", "S1"), ("G1", "G3"), ("G3", "Sn3"),
        ("S1", "G5"), ("G5", "Sn1"), ("G5", "Sn2"), ("S1", "G4"), ("G4", "S2"), ("S2", "G2"),
    }  # fmt: skip
    assert [one.is_uninstantiated for one in (by_key(draft)[key] for key in ("G3", "G4", "G5"))] == [True] * 3
    assert said(draft.repairs) == [
        "G1 rested on Sn3; a goal that is to be stated stands between.",
        "S1 rested on Sn1, Sn2; a goal that is to be stated stands between.",
        "S1 rested on S2; a goal that is to be stated stands between.",
    ]
    assert refusals_in(draft) == []


def test_gsn2x_doubts_become_challenges_and_defeat_a_sustained_one():
    text = """\
G1: {text: Top, supportedBy: [G2]}
G2: {text: Below, supportedBy: Sn1, defeated: true}
Sn1: {text: Test, defeated: true}
CG1: {text: The test is old, challenges: G2, supportedBy: CSn1}
CSn1: {text: Its date}
CSn2: {text: The step is too large, challenges: "G1 -> G2"}
"""
    draft = drafted(text)
    doubts = [(one.target, one.target_below, one.attack, one.state, one.counter) for one in draft.challenges]
    assert doubts == [
        ("G2", "", "rebut", "sustained", "CG1"),
        ("G1", "G2", "undercut", "open", "CSn2"),
        ("Sn1", "", "undermine", "sustained", ""),
    ]
    assert {key for key, one in by_key(draft).items() if one.is_counter} == {"CG1", "CSn1", "CSn2"}
    assert said(draft.repairs) == [
        "G2 is marked as defeated; that is a sustained challenge here.",
        "Sn1 is marked as defeated; that is a sustained challenge here.",
    ]


def modules(**texts):
    return [source(text, f"{name}.yaml") for name, text in texts.items()]


def test_gsn2x_files_are_modules_that_cite_each_other():
    files = modules(
        main="module: {name: Main, brief: The whole, uses: [brake.yaml]}\nG1: {text: Top, supportedBy: [S1]}\n"
        "S1: {text: Over parts, supportedBy: [G2, G3]}\nG2: {text: Here, undeveloped: true}\n",
        brake="module: {name: Brake}\nG3: {text: The brake holds, supportedBy: [Sn1]}\nSn1: {text: Test}\n",
    )
    draft = with_keys(tidied(read(files)))
    assert [(one.key, one.title) for one in draft.modules] == [("Main", "The whole"), ("Brake", "Brake")]
    assert steps(draft) == {("G1", "S1"), ("S1", "G2"), ("S1", "AG1"), ("Brake:G3", "Brake:Sn1")}
    assert by_key(draft)["AG1"].cites == "G3"
    assert by_key(draft)["Brake:G3"].is_public
    assert said(draft.repairs) == ["G3 of module Brake is public, and module Main cites it by an away element."]
    assert refusals_in(draft) == []


def test_gsn2x_a_strategy_of_another_module_gets_a_goal_before_it():
    files = modules(
        a="module: {name: A}\nG1: {text: Top, supportedBy: [S1]}\n",
        b="module: {name: B}\nS1: {text: Over parts, supportedBy: [G2]}\nG2: {text: Part, undeveloped: true}\n",
    )
    draft = with_keys(tidied(read(files)))
    assert steps(draft) == {("G1", "AG1"), ("B:G3", "B:S1"), ("B:S1", "B:G2")}
    assert refusals_in(draft) == []


def test_gsn2x_modules_that_rest_on_each_other_become_one():
    files = modules(
        a="module: {name: A}\nG1: {text: Top, supportedBy: [G2], inContextOf: [C1]}\n",
        b="module: {name: B}\nG2: {text: Below, inContextOf: [C1], undeveloped: true}\nC1: {text: There}\nG4: {text: Also, supportedBy: [G5]}\n",
        c="module: {name: C}\nG5: {text: Deep, supportedBy: [G6]}\n",
    )
    files += modules(d="module: {name: D}\nG6: {text: Deeper, inContextOf: [C9], undeveloped: true}\n")
    files[0] = source(files[0].content.decode() + "C9: {text: Back}\n", "a.yaml")
    draft = with_keys(tidied(read(files)))
    assert [one.key for one in draft.modules] == ["A"]
    assert ("G6", "C9") in steps(draft)
    assert said(draft.repairs) == ["The modules rest on each other (A → B → C → D → A); they are one module here."]
    assert refusals_in(draft) == []


def test_gsn2x_distributed_development_joins_what_it_develops():
    files = modules(
        template="module: {name: T}\nG0: {text: Top, supportedBy: [G1]}\nG1: {text: Theirs, undeveloped: true}\n",
        instance="module:\n  name: I\n  extends:\n    - module: T\n      develops: {G1: [G2]}\nG2: {text: Ours, supportedBy: Sn1}\nSn1: {text: Test}\n",
    )
    draft = with_keys(tidied(read(files)))
    assert not by_key(draft)["G1"].is_undeveloped
    assert ("G1", "AG1") in steps(draft)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("G1: {text: a, supportedBy: G2}\nG2: {text: b, supportedBy: G1}\n", 1, "rest on itself: G1 → G2 → G1"),
        ("G1:\n  text: a\n  supportedBy: [G2]\n", 3, "refers to “G2”, which is not there"),
        ("G1:\n  text: a\nG1:\n  text: b\n", 3, "“G1” is given twice"),
        ("G1: {text: a, inContextOf: [G2]}\nG2: {text: b}\n", 1, "cannot stand in the context of"),
        ("Sn1: {text: a, supportedBy: [G2]}\nG2: {text: b}\n", 1, "nothing can be put below it"),
        ("X1: {text: a}\n", 1, "Nothing says what kind of element “X1” is"),
        ("- G1\n- G2\n", 1, "has no elements by name"),
        ("just a sentence", 1, "has no elements by name"),
        ("G1: [unclosed\n", 2, "is no YAML"),
        ("G1: *nowhere\n", 1, "alias “nowhere” is not defined"),
        ("? [a, b]\n: c\n", 1, "must be a plain word"),
        ("G1: {text: a, acp: {ACP1: G9}}\n", 1, "point of confidence ACP1 of G1 refers to G9"),
        ("", "", "There is no element in it"),
        ("G1: {text: " + "x" * 5001 + "}", 1, "has 5001 letters"),
    ],
)
def test_gsn2x_refuses_with_the_line(text, where, what):
    found = refused(text, "gsn2x")
    assert found[0][0] == where
    assert what in found[0][1]


def test_gsn2x_files_that_use_each_other_in_a_circle_are_refused():
    files = modules(
        a="module: {name: A, uses: [b.yaml]}\nG1: {text: a}\n", b="module: {name: B, uses: [a.yaml]}\nG2: {text: b}\n"
    )
    with pytest.raises(DraftRefused, match="A → B → A"):
        read(files)


def test_yaml_builds_nothing_and_expands_nothing():
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert "Nothing says what kind" in refused(bomb, "gsn2x")[0][1] or "a0" in refused(bomb, "gsn2x")[0][1]
    evil = "G1: {text: !!python/object/apply:os.system ['touch /tmp/owned']}\n"
    assert drafted(evil).elements[0].statement == "G1"
    assert "nested too deeply" in refused("G1: " + "[" * 5000, "gsn2x")[0][1]


# --- TEA ----------------------------------------------------------------------------------------------------------------


def tea_node(id, type, description, *children, **more):
    return {
        "id": id,
        "type": type,
        "name": id,
        "description": description,
        "inSandbox": False,
        "children": list(children),
        **more,
    }


def tea_case(*children, **more):
    top = tea_node("G1", "GOAL", "The advice is sound", *children, **more)
    return json.dumps(
        {
            "version": "1.0",
            "exportedAt": "2026-01-01T00:00:00Z",
            "case": {"name": "Advice", "description": "For loans"},
            "tree": top,
        }
    )


def test_tea_tree_with_texts_beside_claims_and_shared_evidence():
    evidence = tea_node("E1", "EVIDENCE", "Audit", url="https://example.org/audit")
    text = tea_case(
        tea_node("S1", "STRATEGY", "Over duties",
                 tea_node("P1", "PROPERTY_CLAIM", "Complete", evidence),
                 tea_node("P2", "PROPERTY_CLAIM", "[Instantiate: which duty]", evidence, assumption="Law stays")),
        context=["Retail loans", "Two countries"], justification="Because",
    )  # fmt: skip
    draft = drafted(text)
    assert (draft.title, draft.scope_text) == ("Advice", "For loans")
    assert steps(draft) == {("G1", "C1"), ("G1", "C2"), ("G1", "J1"), ("G1", "S1"), ("S1", "P1"), ("S1", "P2"),
                            ("P1", "E1"), ("P2", "E1"), ("P2", "A1")}  # fmt: skip
    assert [one.key for one in draft.elements if one.is_uninstantiated] == ["P2"]
    assert [one.address for one in draft.bindings] == ["https://example.org/audit"]
    assert refusals_in(draft) == []


def test_tea_defeaters_and_comments_and_sandbox():
    text = tea_case(
        tea_node("P1", "PROPERTY_CLAIM", "Complete", comments=[{"author": "a", "content": "?", "createdAt": "x"}]),
        tea_node("D1", "PROPERTY_CLAIM", "Not so", isDefeater=True, defeatsElementId="P1"),
        tea_node("N1", "PROPERTY_CLAIM", "A note", tea_node("N2", "EVIDENCE", "Also"), inSandbox=True),
    )
    draft = drafted(text)
    assert [(one.target, one.counter) for one in draft.challenges] == [("P1", "D1")]
    assert "Comments on P1 that are left out: 1." in said(draft.losses)
    assert "Elements of the sandbox that are left out: 1." in said(draft.losses)
    assert "N1" not in by_key(draft)


def test_tea_list_of_version_two():
    elements = [
        {"id": "b", "elementType": "PROPERTY_CLAIM", "parentId": "a", "name": "P1", "description": "Below"},
        {"id": "a", "elementType": "GOAL", "parentId": None, "name": "G1", "description": "Top", "context": ["Here"]},
        {"id": "e", "elementType": "EVIDENCE", "parentId": None, "name": "E1", "description": "Test"},
    ]
    data = {"version": "2.0", "case": {"name": "n", "description": ""}, "elements": elements,
            "evidenceLinks": [{"evidenceId": "e", "claimId": "b"}]}  # fmt: skip
    assert steps(drafted(json.dumps(data))) == {("G1", "P1"), ("G1", "C1"), ("P1", "E1")}
    data["evidenceLinks"].append({"evidenceId": "gone", "claimId": "b"})
    assert refused(json.dumps(data)) == [
        ("evidenceLinks[1]", "A link of evidence refers to “gone”, which is not there.")
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{}", "none of the forms known here"),
        ('{"case": {"name": NaN}, "tree": {}}', "NaN is no number of JSON"),
        ('{"case": {"name": 1, "name": 2}, "tree": {}}', "“name” is given twice"),
        ('{"case": {}, "tree": []}', "An element must be an object"),
        ('{"case": {}, "elements": {}}', "“elements” must be a list"),
        ('{"case": {}, "tree": {"type": "DREAM"}}', "unknown kind “DREAM”"),
        ('{"case": ', "is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"case": {}, "tree": ' + '{"type": "GOAL", "description": "x", "children": [' * 220 + "]}" * 220 + "}", "too deeply"),
    ],
)  # fmt: skip
def test_json_refuses(text, what):
    assert what in refused(text)[0][1]


# --- LTAC ---------------------------------------------------------------------------------------------------------------

INDENTED = """\
# A case in two packages
- Claim G1: The door opens in time
  - Context C1: Office buildings (plan.pdf)
  - Strategy S1: Over failures
    - Claim ^G2
    - Claim G3: The motor starts {axiomatic}

- Claim G2: The sensor sees people
  - Evidence E1: Field test (field-test.pdf)
    - Context C2: In summer
  - Link G3
  - Relation R1: {counter}
    - Claim D1: Not at night
  - Claim G4: text in brackets (really) ()
"""


def test_ltac_with_citations_options_references_and_relations():
    draft = drafted(INDENTED)
    assert detect(source(INDENTED)) == "ltac"
    assert steps(draft) == {("G1", "C1"), ("G1", "S1"), ("S1", "G2"), ("S1", "G3"), ("G2", "G3"), ("G2", "G5"),
                            ("G5", "E1"), ("G2", "C2"), ("G2", "G4")}  # fmt: skip
    assert by_key(draft)["G3"].declaration == "axiomatic"
    assert by_key(draft)["G4"].statement == "text in brackets (really)"
    assert [(one.target, one.counter) for one in draft.challenges] == [("G2", "D1")]
    assert [one.address for one in draft.bindings] == ["field-test.pdf"]
    assert said(draft.losses) == [
        "Lines of comment that are left out: 1.",
        "The reference of C1 is left out: plan.pdf.",
    ]
    assert refusals_in(draft) == []


def test_ltac_what_is_argued_in_another_file_is_undeveloped_until_it_comes_along():
    top, other = (
        "- Claim G1: Top\n  - Claim ^G2: Argued elsewhere\n",
        "- Claim G2: Argued here\n  - Evidence E1: Test\n",
    )
    alone = drafted(top)
    assert by_key(alone)["G2"].is_undeveloped
    assert said(alone.repairs) == ["G2 is argued in another file; it is undeveloped here."]
    together = with_keys(read([source(top), source(other)], "ltac"))
    assert steps(together) == {("G1", "G2"), ("G2", "E1")}
    assert together.repairs == []


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("- Claim C1: a\n  - Claim C2: b\n  - Claim C2: c\n", 3, "C2 is declared twice"),
        ("- Claim C1: a\n  - Link C9\n", 2, "“C9” is declared nowhere"),
        ("- Claim C1: a\nsomething else\n", 2, "no line of an argument"),
        ("- Claim C1: a\n    - Claim C2: b\n", 2, "indented by more than one step"),
        ("- Claim C1: a\n - Claim C2: b\n", 2, "no line of an argument"),
        ("- Claim C1: a\n  - Claim C2: b\n    - Claim ^C1\n", 1, "rest on itself"),
        ("- Claim C1: a\n  - Evidence E1: b\n    - Claim C2: c\n", 2, "nothing can be put below it"),
        ("# nothing\n", "", "There is no element in it"),
    ],
)
def test_ltac_refuses_with_the_line(text, where, what):
    found = refused(text, "ltac")
    assert found[0][0] == where
    assert what in found[0][1]


# --- SACM ---------------------------------------------------------------------------------------------------------------

CHILDREN = """\
<sacm:AssuranceCasePackage xmlns:sacm="http://example.org/sacm" id="P" name="Brakes">
  <artifactPackage id="A"><artifact id="ART1" name="Test report"/></artifactPackage>
  <argumentPackage id="AP1" name="Argument">
    <claim id="G1" name="Top" content="The brake holds"><description>More words</description></claim>
    <Claim id="G2" assertionDeclaration="needsSupport"><description>
      <content lang="ja">制動</content><content lang="en">It is tested</content></description></Claim>
    <claim id="A1" name="Dry roads" assertionDeclaration="assumed"/>
    <claim id="D1" content="Not on ice"/>
    <argumentReasoning id="S1" content="By test"/>
    <artifactReference id="E1" name="Report" referencedArtifact="ART1"/>
    <artifactReference id="C1" name="Cars"/>
    <assertedInference id="R1"><source href="#G2"/><target href="#G1"/><reasoning href="#S1"/></assertedInference>
    <AssertedEvidence id="R2"><source ref="E1"/><target ref="G2"/></AssertedEvidence>
    <assertedContext id="R3"><source href="#C1"/><target href="#G1"/></assertedContext>
    <assertedContext id="R4"><source href="#A1"/><target href="#R1"/></assertedContext>
    <assertedInference id="R5" isCounter="true"><source href="#D1"/><target href="#R1"/></assertedInference>
  </argumentPackage>
</sacm:AssuranceCasePackage>
"""
TYPED = """\
<xmi:XMI xmlns:xmi="http://www.omg.org/spec/XMI/20131001" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <argumentPackage xmi:id="P">
  <argumentElement xsi:type="argumentation:Claim" xmi:id="G1" content="Top"/>
  <argumentElement xsi:type="argumentation:Claim" xmi:id="G2" content="Below"/>
  <argumentElement xsi:type="argumentation:AssertedInference" xmi:id="R" source="G2" target="G1"/>
 </argumentPackage>
</xmi:XMI>
"""


def test_sacm_with_children_in_any_spelling():
    draft = drafted(CHILDREN)
    assert detect(source(CHILDREN)) == "sacm"
    assert steps(draft) == {("G1", "S1"), ("S1", "G2"), ("G2", "E1"), ("G1", "C1"), ("S1", "A1")}
    kinds = {key: one.kind for key, one in by_key(draft).items()}
    assert kinds == {
        "G1": "goal",
        "G2": "goal",
        "A1": "assumption",
        "D1": "goal",
        "S1": "strategy",
        "E1": "solution",
        "C1": "context",
    }
    assert by_key(draft)["G2"].statement == "It is tested"
    assert by_key(draft)["G2"].declaration == "needsSupport"
    doubts = [(one.target, one.target_below, one.attack, one.counter) for one in draft.challenges]
    assert doubts == [("G1", "S1", "undercut", "D1")]
    assert [one.title for one in draft.bindings] == ["Test report"]
    assert said(draft.losses) == [
        "Descriptions beside statements that are left out: 1.",
        "Texts in the language “ja” that are left out: 1.",
    ]
    assert refusals_in(draft) == []


def test_sacm_with_typed_elements_and_attributes():
    assert steps(drafted(TYPED)) == {("G1", "G2")}


def test_sacm_evidence_that_is_also_context_is_split():
    text = CHILDREN.replace(
        "</argumentPackage>",
        '<assertedContext id="R9"><source href="#E1"/><target href="#G1"/></assertedContext></argumentPackage>',
    )
    draft = drafted(text)
    assert ("G1", "C2") in steps(draft)
    assert "E1 is evidence and context at once; two elements say so here." in said(draft.repairs)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares entities or a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares entities or a document type"),
        ("<a><b></a>", "is no XML"),
        ("<a/>", "There is no claim"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "not known here"),
        ("<a>" * 5000 + "</a>" * 5000, "nested too deeply"),
        ('<a><claim id="G1" content="x"/><assertedInference><source href="#G7"/><target href="#G1"/></assertedInference></a>', "refers to “G7”"),
    ],
)  # fmt: skip
def test_xml_refuses(text, what):
    assert any(what in message for _place, message in refused(text, "sacm")), refused(text, "sacm")


# --- All ----------------------------------------------------------------------------------------------------------------


def test_another_encoding_is_refused_with_its_line_and_utf_16_is_read():
    assert refused("G1: {text: a}\nG2: {text: gr\xfcn}".encode("latin-1")) == [(2, "file is not written in UTF-8.")]
    assert by_key(drafted(b"\xef\xbb\xbf" + PLAIN.encode()))["G1"].kind == "goal"
    assert by_key(drafted(INDENTED.encode("utf-16"), "ltac"))["G1"].kind == "goal"


def test_a_file_too_large_is_refused():
    assert "up to 10 MB are read" in refused(b"G1: {text: a}\n" + b" " * (10 * 1024 * 1024))[0][1]


def test_several_files_are_read_where_a_format_has_modules():
    with pytest.raises(DraftRefused, match="2 files"):
        read([source(CHILDREN), source(CHILDREN)])


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)), st.sampled_from([*FORMATS, ""]))
def test_garbage_is_refused_and_breaks_nothing(content, format):
    try:
        draft = read([Source("garbage", content)], format)
    except DraftRefused as error:
        assert error.refusals
    else:
        refusals_in(with_keys(tidied(draft)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([PLAIN, INDENTED, CHILDREN, TYPED, tea_case()]), st.integers(0, 400), st.integers(0, 40))
def test_what_is_cut_or_garbled_is_read_or_refused(text, at, length):
    broken = text[:at] + text[at + length :]
    try:
        refusals_in(with_keys(tidied(read([source(broken)]))))
    except DraftRefused as error:
        assert error.refusals


@pytest.mark.parametrize(
    ("name", "elements", "repairs", "challenges"),
    [
        ("gsn2x-example.gsn.yaml", 20, 0, 0),
        ("gsn2x-dialectic-first.gsn.yaml", 25, 24, 4),
        ("gsn2x-multi-children.yaml", 24, 1, 0),
        ("tea-fair-recruitment-ai.json", 16, 0, 0),
        ("sacm-sample.xml", 8, 0, 0),
        ("ltac-demo.ltac", 46, 2, 2),
    ],
)
def test_public_samples(name, elements, repairs, challenges):
    draft = drafted(sample(name))
    assert (len(draft.elements), len(draft.challenges)) == (elements, challenges)
    assert sum(one.message != "“%(old)s” is called %(new)s here." for one in draft.repairs) == repairs
    assert refusals_in(draft) == []


def test_the_public_sample_that_goes_round_is_refused():
    content = sample("gsn2x-circle1.yaml")
    with pytest.raises(DraftRefused) as alone:
        read([Source("circle1.yaml", content)])
    assert placed(alone.value.refusals) == ["3: It uses circle2.yaml, which was not brought along."]
    others = [
        Source(f"circle{n}.yaml", f"module:\n  name: {name}\n  uses: [circle{n % 3 + 1}.yaml]\n".encode())
        for n, name in ((2, "B"), (3, "C"))
    ]
    with pytest.raises(DraftRefused) as together:
        read([Source("circle1.yaml", content), *others])
    assert placed(together.value.refusals) == ["circle3.yaml:3: The files use each other in a circle: A → B → C → A."]


def sample(name):
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the samples are not beside this repository: {path}")
    return path.read_bytes()


DOUBTED = """\
G1: {text: Top, supportedBy: [G2, G3]}
G2: {text: Low, supportedBy: Sn1, defeated: true}
G3: {text: Else, undeveloped: true}
Sn1: {text: Test}
CG1: {text: It is old, challenges: G2, defeatedRelation: G2}
CSn2: {text: It is new, challenges: G2 -> CG1}
"""


def test_gsn2x_doubts_about_doubts_and_what_is_marked_as_defeated():
    draft = drafted(DOUBTED)
    assert refusals_in(draft) == []
    doubts = {(one.target, one.counter, one.attack, one.state) for one in draft.challenges}
    assert doubts == {
        ("G2", "CG1", "rebut", "open"),
        ("G2", "", "rebut", "sustained"),
        ("CG1", "CSn2", "undercut", "open"),
    }
    assert placed(draft.repairs) == [
        "5: The doubt of CG1 about G2 is marked as defeated; it is open here until somebody decides.",
        "2: G2 is marked as defeated; that is a sustained challenge here.",
        "6: A doubt about how CG1 challenges G2 is a challenge of CG1 itself here.",
    ]


def test_gsn2x_without_a_name_has_no_title():
    assert drafted("G1: {text: Top}\n").title == ""
    assert drafted("module: {name: Main}\nG1: {text: Top}\n").title == "Main"


def test_gsn2x_a_step_marked_as_defeated_is_a_sustained_challenge():
    draft = drafted("G1: {text: Top, supportedBy: [Sn1], defeatedRelation: Sn1}\nSn1: {text: Test}\n")
    (doubt,) = draft.challenges
    assert (doubt.target, doubt.target_below, doubt.attack, doubt.state) == ("G1", "Sn1", "undercut", "sustained")
    assert refusals_in(draft) == []


def test_ltac_defeaters_of_defeaters_and_shared_evidence():
    draft = drafted(
        "- Claim G1: Top\n  - Evidence E1: Test\n  - Claim D1: It is old {defeater}\n    - Claim D2: It is new {defeater}\n"
        "- Claim G2: Else {defeated}\n  - Relation: {counter}\n    - Link E1\n  - Claim M: Complete {metaclaim}\n"
    )
    doubts = {(one.target, one.counter, one.statement, one.state) for one in draft.challenges}
    assert doubts == {
        ("G1", "D1", "It is old", "open"),
        ("D1", "D2", "It is new", "open"),
        ("G2", "E1", "Test", "sustained"),
    }
    assert not by_key(draft)["E1"].is_counter
    assert "8: That M is a claim about the argument itself is left out." in placed(draft.losses)


def test_tea_evidence_that_carries_one_claim_and_defeats_another():
    shared = tea_node("e", "EVIDENCE", "Test")
    draft = drafted(
        tea_case(
            tea_node("a", "PROPERTY_CLAIM", "One", shared | {"isDefeater": True}),
            tea_node("b", "PROPERTY_CLAIM", "Two", shared),
        )
    )
    (doubt,) = draft.challenges
    assert (doubt.target, doubt.counter) == ("a", "e")
    assert ("b", "e") in {(link.source, link.target) for link in draft.links}
    assert not any(one.is_counter for one in draft.elements)
    assert refusals_in(draft) == []


def test_places_name_the_file_where_there_are_several():
    with pytest.raises(DraftRefused) as refused_there:
        read([Source("a.ltac", b"- Claim G1: Top\n"), Source("b.ltac", b"- Claim G1: Again\n")])
    assert placed(refused_there.value.refusals) == ["b.ltac:1: G1 is declared twice."]
    draft = read([Source("a.yaml", b"G1: {text: Top, inContextOf: [J1]}\n"), Source("b.yaml", b"J1: {}\n")])
    assert "b.yaml:1: J1 states nothing; its name stands there until somebody does." in placed(draft.repairs)
