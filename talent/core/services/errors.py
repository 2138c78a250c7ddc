"""What a service says when it does not do what was asked: always a sentence a person can act on."""


class ActRefused(Exception):
    """The act cannot be done now. `str()` says what, where and how to go on, in Chinese."""

    status = 409

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(str(message))
        self.code = code


class NotAllowed(ActRefused):
    """The actor has no right to this act; the sentence names the missing post or the conflict."""

    status = 403


class Conflict(ActRefused):
    """Somebody else was faster, or the case has moved on since the page was opened."""
