"""The errors that cross a boundary, each with a sentence fit for the person who asked.

HotlineError
├── Refused        a rule says no; show the sentence          → 409 (or 403 for WrongRole)
│   ├── WrongRole  the person may not do this                 → 403
│   └── Stale      somebody changed the thing meanwhile       → 409, with the newest version
├── NotKnown       name and password do not fit               → 401
├── BadInput       what was sent cannot be understood         → 422
├── NotFound       no such thing, or not for this person      → 404
└── Unavailable    another system does not answer             → 503
"""

from __future__ import annotations


class HotlineError(Exception):
    """Base of all errors we raise on purpose; `str(error)` is the sentence to show."""

    code = "error"


class Refused(HotlineError):
    """A rule says no."""

    code = "refused"


class WrongRole(Refused):
    """This person's role does not include the action."""

    code = "wrong_role"


class Stale(Refused):
    """The thing has moved on since the person looked at it."""

    code = "stale"


class NotKnown(HotlineError):
    """Nobody can be signed in with what was given."""

    code = "sign_in_failed"


class BadInput(HotlineError):
    """What was sent cannot be understood; the sentence names the field."""

    code = "bad_input"


class NotFound(HotlineError):
    """No such thing, or not visible to this person: the two are not told apart."""

    code = "not_found"


class Unavailable(HotlineError):
    """Another system failed.

    permanent: trying again is pointless. untouched: it is certain that nothing was done there, so even
    what must not happen twice may be tried again.
    """

    code = "unavailable"

    def __init__(self, system: str, *, permanent: bool = False, untouched: bool = False) -> None:
        super().__init__(f"{system} 暂时不可用")
        self.system = system
        self.permanent = permanent
        self.untouched = untouched
