"""What an action raises when a rule about the record says no: a sentence for the person, with the remedy."""


class RuleBroken(Exception):
    """A rule about this record forbids the action now.

    `message` is a whole, translated sentence with the remedy; `field` names the input that it is about, if one; `rule` is
    the number of the rule where it has one, such as WF-S07, and stands behind the sentence.
    A page shows it as a form error, the API answers 409 with the same words.
    """

    def __init__(self, message: str, *, field: str | None = None, rule: str = "") -> None:
        self.message = f"{message} ({rule})" if rule else str(message)
        super().__init__(self.message)
        self.field = field
        self.rule = rule


class ChangedSinceOpened(RuleBroken):
    """Somebody else saved the record after this person opened it: nothing is overwritten."""
