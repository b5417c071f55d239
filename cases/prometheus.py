"""What a Prometheus server answers to an instant query, as values with their labels."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from aims.integrations.outgoing import AskingFailed, get_json

MOST_SERIES = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of the answer."""

    labels: Mapping[str, str]
    at: datetime
    value: float


def ask(url: str, query: str) -> list[Sample]:
    """The samples of an instant query now; AskingFailed when there is none or one is no number."""
    answer = get_json(url, "/api/v1/query", {"query": query})
    try:
        samples = samples_of(answer)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise AskingFailed(_("The answer is not that of a Prometheus server.")) from None
    if not samples:
        raise AskingFailed(_("The query found no series."))
    if len(samples) > MOST_SERIES:
        raise AskingFailed(_("The query found more than %d series.") % MOST_SERIES)
    return samples


def samples_of(answer: Any) -> list[Sample]:
    if answer["status"] != "success":
        raise AskingFailed(_("The server refuses the query: %s") % str(answer.get("error", ""))[:200])
    data = answer["data"]
    if data["resultType"] == "scalar":
        return [sample({}, data["result"])]
    if data["resultType"] != "vector":
        raise AskingFailed(_("The query gives a range or a text. Ask for one value at one time."))
    return [sample(entry["metric"], entry["value"]) for entry in data["result"]]


def sample(labels: Mapping[str, Any], pair: Any) -> Sample:
    at, written = pair
    value = float(written)
    if not math.isfinite(value):
        raise AskingFailed(_("The query gave %s, which is no number that can be judged.") % str(written)[:20])
    return Sample(
        {str(name): str(said) for name, said in labels.items()}, datetime.fromtimestamp(float(at), UTC), value
    )
