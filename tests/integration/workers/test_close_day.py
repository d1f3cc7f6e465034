"""The job that stores the figures of each day."""

from __future__ import annotations

from datetime import timedelta

from core.clock import CITY_ZONE, now
from dispatch.figures import days
from dispatch.figures.periods import Period
from tests.integration.dispatch.stories import a_good_case
from workers import clock, close_day


def test_the_clock_puts_the_job_and_the_job_stores_the_days_that_are_over(app, city):
    began = now() - timedelta(days=4)
    with city.begin() as work:
        a_good_case(work, at=began)
    assert "workers.close_day.close_days" in [tick.job for tick in clock.TICKS]
    with app.app_context():
        close_day.close_days()
        close_day.close_days()
    first, last = began.astimezone(CITY_ZONE).date(), now().astimezone(CITY_ZONE).date()
    with city.begin() as work:
        stored = days.stored_days(work, Period(first=first, last=last))
    # Within ten minutes of midnight yesterday still waits.
    expected = [first + timedelta(days=place) for place in range((last - first).days)]
    assert stored in (expected, expected[:-1])
