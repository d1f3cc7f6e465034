"""The figures from stories that can be counted by hand; the definitions are docs/figures.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, text

from core.clock import CITY_ZONE
from core.db import Database, Work
from dispatch.figures import statements
from dispatch.figures.behind import Part, rows_behind
from dispatch.figures.catalogue import DIMENSIONS, FIGURES
from dispatch.figures.formulas import Counts, Weights
from dispatch.figures.periods import Period
from dispatch.figures.report import Asked, Report, figures
from dispatch.figures.report import parameters as report_parameters
from dispatch.figures.settings import Hours, Settings
from tests.integration.dispatch.stories import OPENED, Story, a_good_case

NOVEMBER = Period(first=date(2026, 11, 1), last=date(2026, 11, 30))
LATER = datetime(2027, 2, 1, tzinfo=CITY_ZONE)
OFFICES = Hours(weekdays={str(day): [[540, 720], [840, 1080]] for day in range(1, 6)}, odd_days={})
USING = Settings(
    weights=Weights(responded=0.3, solved=0.35, satisfied=0.35), rank_from=30, contact_minutes=1440, hours=OFFICES
)


def asked(as_of: datetime = LATER, period: Period = NOVEMBER, **only) -> Asked:
    return Asked(period=period, as_of=as_of, only=only)


def november(work: Work, *by: str, as_of: datetime = LATER, period: Period = NOVEMBER, **only) -> Report:
    return figures(work, asked(as_of, period, **only), by=by, using=USING)


def numbers(report: Report, figure: str) -> tuple[float, int, int]:
    """Numerator, denominator, excluded."""
    one = report.whole.of(figure)
    return one.numerator, one.denominator, one.excluded


def test_a_case_that_went_well_counts_for_everything_good(database: Database):
    with database.begin() as work:
        a_good_case(work)
        report = november(work)
    good = "responded solved satisfied satisfied_deemed on_time called_back solved_first first_right signed_on_time"
    for figure in [*good.split(), "replied_on_time", "opened", "sent"]:
        assert numbers(report, figure) == (1, 1, 0), figure
    bad = "redone returned extended supervised urged sent_back direct repeated by_machine overdue"
    for figure in bad.split():
        assert numbers(report, figure) == (0, 1, 0), figure
    assert numbers(report, "grade_mean") == (5, 1, 0)
    # Sent on Monday at 10:00, answered at 21:00: 2 hours before the lunch break, 4 after it.
    assert numbers(report, "handling_natural") == (11 * 60, 1, 0)
    assert numbers(report, "handling_working") == (6 * 60, 1, 0)
    assert report.whole.score(USING.weights) == pytest.approx(100)


def test_who_was_not_reached_is_satisfied_in_the_deemed_figure_only(database: Database):
    with database.begin() as work:
        a_good_case(work)
        silent = Story(work).send().sign().reply().passed()
        silent.add("missed", to="call_back_again", facts={"via": "phone", "try": 1}).add("close_unrated", to="closed")
        report = november(work)
    assert numbers(report, "satisfied") == (1, 1, 1)
    assert numbers(report, "satisfied_deemed") == (2, 2, 0)
    assert numbers(report, "solved") == (1, 1, 1)
    assert numbers(report, "responded") == (1, 2, 0)
    assert numbers(report, "called_back") == (1, 2, 0)


def test_partly_solved_counts_half_and_what_was_not_said_is_left_out(database: Database):
    with database.begin() as work:
        Story(work).send().sign().reply().passed().rated(3, "partly")
        Story(work).send().sign().reply().passed().rated(None, "solved")
        Story(work).send().sign().reply().passed().rated(2, None)
        report = november(work)
    assert numbers(report, "solved") == (1.5, 2, 1)
    assert numbers(report, "satisfied") == (1, 2, 1)
    assert numbers(report, "grade_mean") == (5, 2, 1)
    assert report.whole.value("grade_mean") == 2.5


@pytest.mark.parametrize(("contacted_h", "contacted", "counts"), [(24, True, 1), (24.1, True, 0), (8, False, 0)])
def test_responded_needs_the_citizens_word_and_a_contact_within_a_day_of_the_sending(
    database: Database, contacted_h: float, contacted: bool, counts: int
):
    with database.begin() as work:
        story = Story(work).send()
        at = story.at + timedelta(hours=contacted_h)
        story.sign().reply(hours=30, contacted_at=at.isoformat()).passed().rated(5, "solved", contacted=contacted)
        assert numbers(november(work), "responded") == (counts, 1, 0)


@pytest.mark.parametrize(("written_h", "counts"), [(24, 1), (24.1, 0)])
def test_a_contact_written_down_more_than_a_day_later_counts_from_its_writing(
    database: Database, written_h: float, counts: int
):
    with database.begin() as work:
        story = Story(work).send().sign()
        said_at = (story.at + timedelta(hours=1)).isoformat()
        story.reply(hours=1 + written_h, contacted_at=said_at).passed().rated(5, "solved")
        assert numbers(november(work), "responded") == (counts, 1, 0)


def test_a_contact_that_was_written_down_in_time_counts_when_the_reply_repeats_it_days_later(database: Database):
    with database.begin() as work:
        story = Story(work).send().sign()
        said_at = {"contacted_at": (story.at + timedelta(hours=1)).isoformat()}
        story.add("contact", hours=2, order=1, facts=said_at).reply(hours=72, **said_at).passed().rated(5, "solved")
        assert numbers(november(work), "responded") == (1, 1, 0)


def test_a_case_that_nobody_wanted_to_be_called_about_is_not_asked_for_the_three_rates(database: Database):
    with database.begin() as work:
        Story(work).send().sign().reply().add("pass", to="closed")
        report = november(work)
    for figure in ("responded", "solved", "satisfied", "satisfied_deemed", "solved_first"):
        assert numbers(report, figure) == (0, 0, 1), figure
    assert numbers(report, "called_back") == (0, 0, 0)
    assert numbers(report, "on_time") == (1, 1, 0)


def test_a_redo_is_solved_in_the_second_round_and_the_last_word_counts(database: Database):
    with database.begin() as work:
        story = Story(work).send().sign().reply().passed().rated(1, "unsolved", action="redo")
        first_word = story.at
        story.reply(redo=True).passed().rated(4, "solved")
        then, now = november(work, as_of=first_word), november(work)
    assert numbers(then, "satisfied") == (0, 0, 0)  # not due yet: nothing of it counts on that day
    assert numbers(now, "satisfied") == (1, 1, 0)
    assert numbers(now, "solved_first") == (0, 1, 0)
    assert numbers(now, "solved_second") == (1, 1, 0)
    assert numbers(now, "redone") == (1, 1, 0)


def test_a_reply_that_failed_its_review_was_none(database: Database):
    with database.begin() as work:
        story = Story(work).send(due_in=20).sign().reply().add("send_back", to="handling", facts={"times": 1})
        story.reply(hours=15).passed().rated(5, "solved")
        report = november(work)
    assert numbers(report, "on_time") == (0, 1, 0)
    assert numbers(report, "sent_back") == (1, 1, 0)
    assert numbers(report, "overdue") == (1, 1, 0)
    assert numbers(report, "overdue_open") == (0, 1, 0)


def test_a_returned_case_counts_for_the_unit_that_has_it_and_its_first_dispatch_for_the_first(database: Database):
    with database.begin() as work:
        story = Story(work).send("zhujian").add("return", to="return_review", order=1, unit="zhujian")
        story.add("grant_return", to="to_dispatch", facts={"unit": "zhujian"})
        story.send("shuiwu", first_order=2).sign(2).reply(2).passed().rated(5, "solved")
        report = november(work, "unit")
    by_unit = report.groups["unit"]
    assert by_unit["shuiwu"].of("on_time") == Counts(denominator=1, numerator=1, counted=1)
    assert by_unit["zhujian"].of("on_time") == Counts()
    assert by_unit["zhujian"].of("first_right") == Counts(denominator=1)
    assert by_unit["zhujian"].of("signed_on_time") == Counts(excluded=1)
    assert by_unit["zhujian"].of("replied_on_time") == Counts(excluded=1)
    assert numbers(report, "returned") == (1, 1, 0)
    assert numbers(report, "sendings_mean") == (2, 1, 0)


def test_a_refused_return_leaves_the_order_with_its_unit(database: Database):
    with database.begin() as work:
        story = Story(work).send("zhujian").add("return", to="return_review", order=1, unit="zhujian")
        story.add("refuse_return", to="to_sign", order=1, facts={"unit": "zhujian"})
        report = november(work, "unit")
    assert report.groups["unit"]["zhujian"].of("overdue_open") == Counts(denominator=1, numerator=1, counted=1)
    assert numbers(report, "signed_on_time") == (0, 1, 0)


def test_a_helpers_lateness_is_the_helpers(database: Database):
    with database.begin() as work:
        story = Story(work).send("zhujian", "shuiwu", "huanjing", due_in=20).sign(1).sign(2, hours=5)
        story.reply(2, hours=18, part="helper").reply(1, hours=5)
        report = november(work, "unit")
    units = report.groups["unit"]
    assert units["shuiwu"].of("replied_on_time") == Counts(denominator=1)
    assert units["shuiwu"].of("signed_on_time") == Counts(denominator=1)
    assert units["huanjing"].of("overdue_open") == Counts(denominator=1, numerator=1, counted=1)
    assert units["zhujian"].of("signed_on_time").numerator == 1


def test_a_helper_who_was_not_needed_any_more_is_not_late(database: Database):
    with database.begin() as work:
        Story(work).send("zhujian", "shuiwu").sign(1).reply(1)
        report = november(work, "unit")
    assert report.groups["unit"]["shuiwu"].of("replied_on_time") == Counts(excluded=1)
    assert report.groups["unit"]["zhujian"].of("replied_on_time") == Counts(denominator=1, numerator=1, counted=1)


def test_a_sub_unit_whose_parent_went_on_without_it_is_late_only_if_it_was_late_then(database: Database):
    with database.begin() as work:
        for gathered_h, unit in ((5, "punctual"), (30, "late")):
            story = Story(work).send("zhujian").sign()
            due = (story.at + timedelta(hours=20)).isoformat()
            below = {"order_no": story.order(9), "unit": unit, "part": "sub", "due_at": due, "sign_due_at": due}
            facts = {"parent_order_no": story.order(1), "orders": [below]}
            story.add("delegate", to="delegated", order=1, facts=facts)
            story.add("gather", hours=gathered_h, to="handling", facts={"withdrawn": [story.order(9)]})
        units = november(work, "unit").groups["unit"]
    assert units["punctual"].of("overdue") == Counts(excluded=1)
    assert units["late"].of("overdue") == Counts(denominator=1, numerator=1, counted=1)


def test_deadlines_that_moved_in_the_ledger_count_as_moved(database: Database):
    with database.begin() as work:
        story = Story(work).send("zhujian", due_in=24 * 20).sign().add("enter_ledger", to="ledger")
        due = (story.at + timedelta(days=60)).isoformat()
        order = {"order_no": story.order(1), "unit": "zhujian", "part": "lead", "due_at": due, "sign_due_at": None}
        story.add("resume", hours=100, to="handling", facts={"promise_due_at": due, "orders": [order]})
        report = november(work)
    assert report.due == 0
    assert numbers(report, "overdue") == (0, 0, 0)
    assert numbers(report, "signed_on_time") == (1, 1, 0)


def test_a_merged_case_that_got_its_answer_counts_for_the_unit_that_gave_it(database: Database):
    with database.begin() as work:
        story = Story(work).send("zhujian").add("merge", to="merged", facts={"into": "x"})
        merged = november(work)
        story.add("follow", to="to_call_back", facts={"into": "x", "unit": "shuiwu"}).rated(5, "solved")
        report = november(work, "unit")
    assert merged.codes == {"merged": 1}
    assert report.codes == {}
    assert report.groups["unit"]["shuiwu"].of("on_time") == Counts(denominator=1, numerator=1, counted=1)
    assert report.groups["unit"]["shuiwu"].of("responded") == Counts(excluded=1)
    assert report.groups["unit"]["zhujian"].of("overdue") == Counts(excluded=1)


def test_an_automatic_signature_is_not_in_time(database: Database):
    with database.begin() as work:
        Story(work).send().sign(hours=4, auto=True)
        Story(work).send().sign(hours=4)
        Story(work).send().sign(hours=4.1)
        report = november(work)
    assert numbers(report, "signed_on_time") == (1, 3, 0)


def test_exclusions_leave_v_and_stay_listed(database: Database):
    with database.begin() as work:
        a_good_case(work).add("exclude", facts={"code": "litigation"})
        a_good_case(work).add("exclude", facts={"code": "litigation"}).add("include")
        Story(work).send().add("withdraw", to="withdrawn")
        Story(work).send().add("merge", to="merged", facts={"into": "x"})
        report = november(work)
    assert report.codes == {"litigation": 1, "merged": 1, "withdrawn": 1}
    assert (report.due, report.kept) == (4, 1)
    assert numbers(report, "on_time") == (1, 1, 3)
    assert numbers(report, "redone") == (0, 4, 0)
    assert numbers(report, "repeated") == (1, 4, 0)
    assert numbers(report, "first_right") == (4, 4, 0)


def test_an_extension_moves_a_case_into_the_month_of_its_new_promise(database: Database):
    with database.begin() as work:
        story = Story(work).send(due_in=24 * 20)
        moved = story.at + timedelta(days=40)
        facts = {"order_no": story.order(1), "due_at": moved.isoformat(), "promise_due_at": moved.isoformat()}
        granted = story.add("grant_extension", order=1, facts=facts).at
        december = Period(first=date(2026, 12, 1), last=date(2026, 12, 31))
        before = november(work, as_of=granted - timedelta(minutes=1)).due
        assert (before, november(work).due, november(work, period=december).due) == (0, 0, 1)
        assert numbers(november(work, period=december), "extended") == (1, 1, 0)
        assert numbers(november(work, period=december), "overdue_open") == (1, 1, 0)


def test_direct_answers_machines_and_cards_are_counted(database: Database):
    with database.begin() as work:
        Story(work, action="answer", kind="consult")
        story = Story(work).send("zhujian", by_machine=True)
        story.add("penalty", facts={"unit": "zhujian", "colour": "yellow", "cause": "unsigned"})
        story.add("penalty", facts={"unit": "zhujian", "colour": "red", "cause": "late"}).add("urge").add("supervise")
        report = november(work, "unit")
    assert numbers(report, "direct") == (1, 2, 0)
    assert numbers(report, "by_machine") == (1, 1, 0)
    assert numbers(report, "urged") == (1, 1, 0)
    assert numbers(report, "supervised") == (1, 1, 0)
    assert report.groups["unit"]["zhujian"].of("red_cards") == Counts(denominator=2, numerator=1, counted=1)
    assert report.groups["unit"]["zhujian"].of("yellow_cards") == Counts(denominator=2, numerator=1, counted=1)


def test_the_month_begins_and_ends_with_the_citys_midnight(database: Database):
    first, last = datetime(2026, 11, 1, tzinfo=CITY_ZONE), datetime(2026, 11, 30, 23, 59, 59, tzinfo=CITY_ZONE)
    with database.begin() as work:
        for at in (first, last, first - timedelta(seconds=1), last + timedelta(seconds=1)):
            Story(work, at=at)
        assert numbers(november(work), "opened") == (2, 2, 0)
        for due in (first, last, first - timedelta(seconds=1), last + timedelta(seconds=1)):
            Story(work, at=datetime(2026, 9, 1, tzinfo=CITY_ZONE)).send(promise_due_at=due.isoformat())
        assert november(work).due == 2


def a_mixed_month(work: Work) -> None:
    """Good, bad, returned, late, redone, excluded and open cases of several units, areas and classes."""
    for number in range(24):
        unit = ("zhujian", "shuiwu", "qinghu-chengguan")[number % 3]
        place = {"area": ("990102001", "990103002")[number % 2], "category": ("030301", "010101")[number % 2]}
        story = Story(work, at=OPENED + timedelta(hours=7 * number), **place).send(
            unit, "huanjing", due_in=15 + number
        )
        match number % 6:
            case 0:
                story.sign().reply().passed().rated(1 + number % 5, ("solved", "partly", "unsolved")[number % 3])
            case 1:
                story.sign(auto=True, hours=4).reply(hours=40).passed().rated(1, "unsolved", action="redo")
                story.reply(redo=True).passed().rated(4, "solved")
            case 2:
                story.add("return", to="return_review", order=1).add("grant_return", to="to_dispatch")
                story.send("jiaotong", first_order=5, due_in=20).sign(5).reply(5).passed().add(
                    "close_unrated", to="closed"
                )
            case 3:
                story.sign().reply().add("pass", to="closed").add("exclude", facts={"code": "litigation"})
            case 4:
                story.add("penalty", facts={"unit": unit, "colour": "yellow"}).add("urge")
            case _:
                story.sign().reply(2, part="helper").reply().add("send_back", to="handling").reply().passed()


def _rows(work: Work, figure: str, part: Part, **only) -> list:
    found, cursor = [], None
    while True:
        page = rows_behind(work, figure, part, asked(**only), cursor=cursor, how_many=5, using=USING)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


@pytest.fixture
def month(database: Database) -> Database:
    with database.begin() as work:
        a_mixed_month(work)
    return database


@pytest.mark.parametrize("figure", [figure.code for figure in FIGURES])
def test_the_rows_behind_a_figure_are_exactly_those_counted(month: Database, figure: str):
    with month.begin() as work:
        report = november(work, "unit")
        wanted = [(report.whole, {})] + [
            (group, {"unit": [unit]}) for unit, group in report.groups["unit"].items() if unit
        ]
        for group, only in wanted:
            counts = group.of(figure)
            asked_rows = _rows(work, figure, Part.DENOMINATOR, **only)
            counted = _rows(work, figure, Part.NUMERATOR, **only)
            excluded = _rows(work, figure, Part.EXCLUDED, **only)
            assert len({(row.case_no, row.order_no, row.at) for row in asked_rows}) == counts.denominator
            assert (len(counted), sum(row.counts for row in counted)) == (counts.counted, counts.numerator)
            assert len(excluded) == counts.excluded
            assert all(row.code for row in excluded)


def test_the_parts_of_every_dimension_add_up_to_the_whole(month: Database):
    with month.begin() as work:
        report = november(work, *DIMENSIONS)
    for name in DIMENSIONS:
        for figure in FIGURES:
            parts = [group.of(figure.code) for group in report.groups[name].values()]
            whole = report.whole.of(figure.code)
            assert sum(one.denominator for one in parts) == whole.denominator, (name, figure.code)
            assert sum(one.numerator for one in parts) == whole.numerator, (name, figure.code)
    assert set(report.groups["district"]) == {"990102", "990103"}
    assert set(report.groups["class"]) == {"01", "03"}


def test_what_happens_later_does_not_change_what_was_true_then(month: Database):
    then = datetime(2026, 11, 6, 12, tzinfo=CITY_ZONE)
    with month.begin() as work:
        before = november(work, *DIMENSIONS, as_of=then)
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text("DELETE FROM case_timeline WHERE at > :then"), {"then": then})
        after = november(work, *DIMENSIONS, as_of=then)
    assert before.whole == after.whole
    assert before.groups == after.groups
    assert before.whole.of("opened").denominator > 5


def test_one_statement_counts_everything_however_many_cases_there_are(month: Database):
    seen: list[str] = []
    event.listen(month.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    with month.begin() as work:
        november(work, *DIMENSIONS)
        few = len(seen)
        for _ in range(100):
            a_good_case(work)
        seen.clear()
        november(work, *DIMENSIONS)
    assert len(seen) == few == 2  # the settings of the transaction, and the statement itself


def test_the_cases_of_a_period_are_found_by_indexes(month: Database):
    asked_for = report_parameters(asked(period=Period(first=date(2026, 11, 4), last=date(2026, 11, 4))), USING)
    with month.begin() as work:
        work.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(work.session.scalars(text("EXPLAIN " + statements.report((), ())), asked_for))
    assert "ix_case_timeline_figure_days" in plan
    assert "ix_case_timeline_figure_at" in plan
