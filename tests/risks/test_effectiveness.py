"""The rule: what evidence says about a control. No database."""

import pytest

from evidence.freshness import Freshness
from risks.effectiveness import Cause, Piece, judge

SOUND = Piece("sound", Freshness.FRESH, is_accepted=True)
ENDLESS = Piece("endless", Freshness.NEVER_EXPIRES, is_accepted=True)
AGEING = Piece("ageing", Freshness.AGEING, is_accepted=True)
GRACE = Piece("grace", Freshness.GRACE, is_accepted=True)
STALE = Piece("stale", Freshness.STALE, is_accepted=True)
PENDING = Piece("pending", Freshness.FRESH, is_accepted=False)
REJECTED = Piece("rejected", Freshness.FRESH, is_accepted=False, is_refused=True)
BROKEN = Piece("broken", Freshness.FRESH, is_accepted=True, is_broken=True)
NOT_YET = Piece("not yet", Freshness.NOT_YET, is_accepted=True)


@pytest.mark.parametrize(
    ("pieces", "effectiveness", "cause"),
    [
        ([], "unknown", Cause.NOTHING_LINKED),
        ([PENDING], "unknown", Cause.NOTHING_ACCEPTED),
        ([PENDING, REJECTED], "unknown", Cause.NOTHING_ACCEPTED),
        ([SOUND], "working", Cause.ALL_CURRENT),
        ([SOUND, ENDLESS], "working", Cause.ALL_CURRENT),
        ([SOUND, AGEING], "doubtful", Cause.SOME_WEAK),
        ([AGEING], "doubtful", Cause.SOME_WEAK),
        ([GRACE], "doubtful", Cause.SOME_WEAK),
        ([NOT_YET], "doubtful", Cause.SOME_WEAK),
        ([SOUND, PENDING], "doubtful", Cause.SOME_WEAK),
        ([SOUND, STALE], "doubtful", Cause.SOME_WEAK),
        ([SOUND, REJECTED], "doubtful", Cause.SOME_WEAK),
        ([STALE], "failing", Cause.ALL_LOST),
        ([REJECTED], "failing", Cause.ALL_LOST),
        ([BROKEN], "failing", Cause.ALL_LOST),
        ([SOUND, BROKEN], "doubtful", Cause.SOME_WEAK),
        ([STALE, REJECTED], "failing", Cause.ALL_LOST),
    ],
)
def test_the_rule(pieces, effectiveness, cause):
    verdict = judge(pieces)
    assert (verdict.effectiveness, verdict.cause) == (effectiveness, cause)


def test_the_reason_names_only_what_is_weak():
    assert [piece.name for piece in judge([SOUND, STALE, PENDING]).pieces] == ["stale", "pending"]


@pytest.mark.parametrize("worse", [AGEING, GRACE, STALE, PENDING, REJECTED, BROKEN, NOT_YET])
def test_nothing_weak_beside_sound_evidence_leaves_a_control_green(worse):
    assert judge([SOUND, ENDLESS, worse]).effectiveness == "doubtful"
