"""The questions that a reviewer answers about a case, in our own words, one for each of the 48 guidelines that they follow.

Identifiers and grouping are those of the Safety Case Core Guidelines (https://github.com/lasrod/safety-case-core-guidelines,
data version 0.4.0, © 2026 Jesper Brännström, CC BY 4.0). The questions are written anew for AI systems in use; where ours
asks more or less than the guideline, ours is what counts here. Pure: no database, no Django.
"""

from dataclasses import dataclass
from typing import Final

CATALOGUE: Final = "2026.1"


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question. Yes is the good answer; `from_tier` is the tier from which it is asked."""

    key: str
    question: str
    from_tier: str = "T2"

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are read together."""

    key: str
    title: str
    about: str


GROUPS: Final = (
    Group("CL", gettext_noop("Claims"), gettext_noop("What is said, one goal at a time.")),
    Group("AR", gettext_noop("Argument"), gettext_noop("How the claims hang together.")),
    Group("EV", gettext_noop("Evidence"), gettext_noop("What the claims rest on in the end.")),
    Group("SU", gettext_noop("Sufficiency and doubt"), gettext_noop("Whether it is enough, and what could be wrong.")),
    Group("LF", gettext_noop("Fallacies"), gettext_noop("Reasoning that only looks sound.")),
    Group("RD", gettext_noop("Plain speaking"), gettext_noop("Words that carry the reader past a weak spot.")),
)

_T1: Final = "T1"
PROMPTS: Final = (
    Prompt("CL.1", gettext_noop("Could each claim turn out to be false, and would we know it if it did?"), _T1),
    Prompt("CL.2", gettext_noop("Does each goal claim one thing only?"), _T1),
    Prompt(
        "CL.3", gettext_noop("Are the claims short, without the reasons, history and caveats that belong elsewhere?")
    ),
    Prompt("CL.4", gettext_noop("Would two readers who never met understand each claim in the same way?"), _T1),
    Prompt(
        "CL.5", gettext_noop("Is every “all”, “never”, “fair” or “acceptable” given a limit that can be checked?"), _T1
    ),
    Prompt(
        "CL.6", gettext_noop("Is each claim free of a second step of reasoning that somebody should be able to doubt?")
    ),
    Prompt(
        "AR.1",
        gettext_noop("Could you follow the argument from its elements and links alone, without a covering text?"),
    ),
    Prompt("AR.2", gettext_noop("Wherever a claim is split up, is it said why the parts are enough together?"), _T1),
    Prompt("AR.3", gettext_noop("Does each context fix a meaning, and each assumption say something that we rely on?")),
    Prompt(
        "AR.4", gettext_noop("Do the claims become more exact on the way down, down to something that can be measured?")
    ),
    Prompt(
        "AR.5",
        gettext_noop(
            "Do system, population, period and terms stay the same on every way from the top to the evidence?"
        ),
    ),
    Prompt(
        "AR.6",
        gettext_noop("Is it clear from the context which system, which version, which use and which people are meant?"),
        _T1,
    ),
    Prompt(
        "AR.7", gettext_noop("Do limits such as “in normal use” stand where they can be found and kept up to date?")
    ),
    Prompt("AR.8", gettext_noop("Do justifications explain choices only, without carrying a claim on the quiet?")),
    Prompt("AR.9", gettext_noop("Does each justification stand beside the very step or claim that it explains?")),
    Prompt("EV.1", gettext_noop("Does every claim lead down to evidence, without a gap?"), _T1),
    Prompt(
        "EV.2", gettext_noop("Could somebody from outside read each piece of evidence and come to the same result?")
    ),
    Prompt("EV.3", gettext_noop("Do the claims speak about the system, and not about a report that exists?")),
    Prompt("EV.4", gettext_noop("Is it said where in each document to look?"), _T1),
    Prompt("EV.5", gettext_noop("Is it said why this much evidence of this kind is enough for the claim?")),
    Prompt("EV.6", gettext_noop("Is it said of each piece of evidence what it shows for this claim?"), _T1),
    Prompt("EV.7", gettext_noop("Has all evidence an owner, a date, a version and a verdict of somebody else?"), _T1),
    Prompt("EV.8", gettext_noop("Is all evidence fixed, so that nobody can change what was accepted?"), _T1),
    Prompt("EV.9", gettext_noop("Is nothing relied on that only the people who built the system know?")),
    Prompt("SU.1", gettext_noop("Have the doubts that come to your mind been raised as challenges, and settled?"), _T1),
    Prompt("SU.2", gettext_noop("Is every assumption said, with a reason why it may be made?"), _T1),
    Prompt("SU.3", gettext_noop("Is there something else to back it wherever an expert's judgement is relied on?")),
    Prompt(
        "SU.4",
        gettext_noop("Is what could not be shown beforehand measured in operation, with somebody who reacts?"),
        _T1,
    ),
    Prompt(
        "SU.5",
        gettext_noop("Where results come from another system, version or place: is it shown that they hold here too?"),
    ),
    Prompt(
        "SU.6",
        gettext_noop("Are complaints, overrides and near misses taken in, also those that nobody could repeat?"),
        _T1,
    ),
    Prompt(
        "SU.7",
        gettext_noop(
            "Does a low risk rest on more than a quiet time in operation or a simulation that nobody checked?"
        ),
    ),
    Prompt(
        "SU.8",
        gettext_noop(
            "Was looked for failures that a person would never make, and not only for those that people make?"
        ),
    ),
    Prompt("SU.9", gettext_noop("Is everything that a step silently takes for granted said at that step?")),
    Prompt(
        "SU.10",
        gettext_noop("Has each assumption a limit, and somebody or something that notices when it is no longer true?"),
        _T1,
    ),
    Prompt("SU.11", gettext_noop("Would the sharpest critic you know find their objection here, with an answer?")),
    Prompt("LF.1", gettext_noop("Does nothing prove itself, by way of other cases, documents or people too?")),
    Prompt("LF.2", gettext_noop("Does everything below a claim bear on that claim?")),
    Prompt("LF.3", gettext_noop("Is “nothing was found” backed by how hard somebody looked?")),
    Prompt("LF.4", gettext_noop("Where two things are treated alike, or differently, is it shown that they are?")),
    Prompt("LF.5", gettext_noop("Are the samples large enough, and do they stand for everybody who is affected?")),
    Prompt("LF.6", gettext_noop("Is no number more exact than how it was measured allows?")),
    Prompt(
        "LF.7",
        gettext_noop("Is what speaks against the claims in the case too, and not only what speaks for them?"),
        _T1,
    ),
    Prompt(
        "RD.1", gettext_noop("Is every element of the right kind: no claim dressed as context, no reason as evidence?")
    ),
    Prompt("RD.2", gettext_noop("Do the words promise no more than what was shown, where and for whom it was shown?")),
    Prompt("RD.3", gettext_noop("Are limits, objections and answers to them easy to find?")),
    Prompt("RD.4", gettext_noop("Is it free of praise, such as “state of the art” and “rigorous”?")),
    Prompt("RD.5", gettext_noop("Is it said who does what, wherever people are part of the argument?")),
    Prompt("RD.6", gettext_noop("Does each limit stand beside the claim that it limits, and not at the far end?")),
)
BY_KEY: Final = {prompt.key: prompt for prompt in PROMPTS}
_TIERS: Final = {"": 0, "T0": 0, "T1": 1, "T2": 2, "T3": 3, "TX": 4}


def prompts_for(tier: str) -> tuple[Prompt, ...]:
    """The questions that a system of a tier needs: none for everyday ones, a core for T1, all of them above."""
    reached = _TIERS.get(tier, 0)
    return tuple(prompt for prompt in PROMPTS if reached >= _TIERS[prompt.from_tier])
