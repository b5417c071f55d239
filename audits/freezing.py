"""What a management review had before it, as canonical JSON (RFC 8785), and its SHA-256."""

import hashlib
from collections.abc import Iterable
from typing import Any

import rfc8785

from audits.models import ManagementReview, ReviewInput


def canonical(review: ManagementReview, inputs: Iterable[ReviewInput]) -> bytes:
    """The frozen inputs as bytes: the same words give the same bytes on any machine."""
    frozen: dict[str, Any] = {
        "review": review.number,
        "title": review.title,
        "held_on": review.held_on.isoformat(),
        "inputs": [
            {"input": each.input, "gathered_at": each.gathered_at.isoformat(), "facts": each.facts}
            for each in sorted(inputs, key=lambda each: each.ordinal)
        ],
    }
    return rfc8785.dumps(frozen)


def sha256_of(review: ManagementReview, inputs: Iterable[ReviewInput]) -> str:
    return hashlib.sha256(canonical(review, inputs)).hexdigest()
