"""Screening answers and the reasons for a tier, as people read them in the trail."""

from typing import Any

from django.utils.translation import gettext as _

from aims.pages.badges import TIERS
from inventory.tiering import QUESTIONS_BY_KEY


def answers_in_words(answers: dict[str, str]) -> str:
    """Each question with the answer that was chosen; what is not known any more is shown as it was kept."""
    told = []
    for key, answer in answers.items():
        question = QUESTIONS_BY_KEY.get(key)
        told.append(f"{_(question.text)} {_(question.choices.get(answer, answer))}" if question else f"{key}: {answer}")
    return " · ".join(told)


def question_in_words(key: str) -> str:
    return _(QUESTIONS_BY_KEY[key].text) if key in QUESTIONS_BY_KEY else key


def reason_in_words(reason: Any) -> str:
    """One reason for a tier, with the tier that it asks for."""
    tier = TIERS.get(str(reason.get("tier", "")).lower())
    return f"{_(reason.get('text', ''))} ({tier})" if tier else str(reason.get("text", ""))
