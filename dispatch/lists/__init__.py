"""Lists of cases within a person's scope, page by page; what the board shows; what is held up to the light."""

from dispatch.lists.board import board_cases, last_events
from dispatch.lists.exposure import exposed, exposure
from dispatch.lists.names import names_of
from dispatch.lists.pages import PAGE, listing, view_counts
from dispatch.lists.persons import cases_of_phone
from dispatch.lists.terms import Terms
from dispatch.lists.views import VIEWS

__all__ = [
    "PAGE",
    "VIEWS",
    "Terms",
    "board_cases",
    "cases_of_phone",
    "exposed",
    "exposure",
    "last_events",
    "listing",
    "names_of",
    "view_counts",
]
