"""What an action raises when a rule about the record says no: a sentence for the person, with the remedy."""


class RuleBroken(Exception):
    """A rule about this record forbids the action now.

    `message` is a whole, translated sentence with the remedy; `field` names the input that it is about, if one.
    A page shows it as a form error, the API answers 409 with the same words.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field


class ChangedSinceOpened(RuleBroken):
    """Somebody else saved the record after this person opened it: nothing is overwritten."""
