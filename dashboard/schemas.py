"""The shapes of the JSON API: what pages send and get. The OpenAPI document is made from these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Kind = Literal["consult", "help", "complaint", "report", "suggestion"]
Urgency = Literal["critical", "urgent", "normal"]
SeatState = Literal["offline", "ready", "offered", "talking", "wrap_up", "break"]
CallState = Literal["arrived", "queued", "offered", "connecting", "talking", "held", "ended"]
CallOutcome = Literal["case", "answered", "voicemail", "abandoned", "no_matter", "failed"]
CaseState = Literal[
    "draft",
    "received",
    "to_complete",
    "rejected",
    "transferred",
    "answered",
    "to_dispatch",
    "adjudication",
    "to_sign",
    "return_review",
    "handling",
    "delegated",
    "ledger",
    "to_review",
    "to_call_back",
    "call_back_again",
    "redo",
    "closed",
    "filed",
    "withdrawn",
    "merged",
    "discarded",
]
OrderState = Literal["to_sign", "handling", "replied", "returned", "done"]
# The actions that people ask for by name; a test holds them against dispatch/stages.py.
ActionName = Literal[
    "register",
    "answer",
    "discard",
    "transfer",
    "accept",
    "ask_facts",
    "supply",
    "propose_rejection",
    "reject",
    "object",
    "dispatch",
    "recall",
    "split",
    "confer",
    "opine",
    "rule",
    "sign",
    "return",
    "grant_return",
    "refuse_return",
    "contact",
    "delegate",
    "gather",
    "add_helpers",
    "ask_ledger",
    "enter_ledger",
    "refuse_ledger",
    "resume",
    "reply",
    "send_back",
    "pass",
    "close",
    "rate",
    "missed",
    "redo",
    "close_unrated",
    "reopen",
    "withdraw",
    "merge",
    "unmerge",
    "note",
    "urge",
    "ask_extension",
    "grant_extension",
    "refuse_extension",
    "supervise",
    "answer_supervision",
    "ask_finding",
    "vote_finding",
    "exclude",
    "include",
    "appeal",
    "rule_appeal",
    "set_secrecy",
    "recuse",
    "look_back",
]
NeedName = Literal[
    "unit",
    "units",
    "helpers",
    "reason",
    "text",
    "suggested_unit",
    "code",
    "codes",
    "basis",
    "until",
    "into",
    "title",
    "contacted_at",
    "contact_mode",
    "truth",
    "solved",
    "unsolved_reason",
    "promise_on",
    "over_duty",
    "files",
    "public_reply",
    "contacted",
    "grade",
    "reasonable",
    "duty_done",
    "level",
    "agreed",
    "secrecy",
]


_LARGEST = 2**63 - 1  # of a bigint


class Shape(BaseModel):
    """Base of all shapes: unknown fields are an error, so that a typing mistake is heard of."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        """Refuse what the database cannot hold: the character NUL, and numbers beyond its largest."""
        for value in self.__dict__.values():
            _check_kept(value)
        return self


def _check_kept(value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise ValueError("文字里有不能保存的字符（NUL），请删除后再提交")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("数字超出可以使用的范围")
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):  # shapes inside have checked themselves
        for one in value:
            _check_kept(one)


class Problem(Shape):
    """What every error answers: a code for programs and a sentence for people."""

    code: str
    message: str


class UnitName(Shape):
    code: str
    name: str


class Named(Shape):
    """A coded thing with its name: category, area."""

    code: str
    name: str


# ── Who am I ────────────────────────────────────────────────────────────────────────────────────


class Listening(Shape):
    """Which speech model listens; `available` false means that calls are recorded for later."""

    available: bool
    name: str | None
    is_practice: bool


class Me(Shape):
    person_id: int
    username: str
    name: str
    roles: list[str]
    unit: UnitName | None
    csrf_token: str
    practice: bool
    listening: Listening


class PhoneToken(Shape):
    """What the soft-phone needs: the driver and a token that the carrier accepts."""

    driver: Literal["practice", "twilio"]
    token: str
    identity: str
    line_url: str | None  # ws://… of the practice line
    expires_at: datetime


# ── The call desk ───────────────────────────────────────────────────────────────────────────────


class CallCard(Shape):
    """A call as boards and desks see it. Holds nothing about the person; also pushed as `call.card`."""

    call_id: int
    version: int
    state: CallState
    arrived_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    agent_id: int | None
    agent_name: str | None
    outcome: CallOutcome | None
    case_no: str | None


class Offer(Shape):
    """A waiting call offered to one agent until `expires_at`; `claim` is the fencing token."""

    call: CallCard
    claim: int
    expires_at: datetime


class Seat(Shape):
    """An agent's seat; also pushed to that agent as `seat`."""

    person_id: int
    version: int
    state: SeatState
    since: datetime
    reason: str | None
    call: CallCard | None
    offer: Offer | None


class SeatChange(Shape):
    state: Literal["ready", "break", "offline"]
    reason: str | None = Field(default=None, max_length=64)


class Accept(Shape):
    claim: int | None = None  # absent: pick up a waiting call that is offered to nobody


class Hold(Shape):
    on: bool


class Waiting(Shape):
    as_of: datetime
    calls: list[CallCard]


class Words(Shape):
    """What somebody said; also pushed as `call.words` (partials are pushed only, never stored)."""

    call_id: int
    utterance: str  # same for all partials and the final of one utterance
    speaker: Literal["caller", "agent"]
    text: str
    final: bool
    at_ms: int  # start, since the call was answered


class CaseCardRef(Shape):
    """An earlier case in a list of history."""

    case_no: str
    title: str
    state: CaseState
    registered_at: datetime | None
    unit_name: str | None
    category_name: str | None


class Purpose(Shape):
    purpose: str = Field(min_length=2, max_length=200)


class Revealed(Shape):
    """Personal details, shown once for a purpose that has been recorded."""

    phone: str | None = None
    name: str | None = None
    address: str | None = None


# ── The draft that fills itself ─────────────────────────────────────────────────────────────────


class Guess(Shape):
    """A suggestion: never taken for fact until a person touches or confirms it."""

    value: str
    share: float  # 0..1, calibrated
    reason: str


class CategoryGuess(Shape):
    code: str
    name: str
    share: float
    words: list[str]


class PlaceGuess(Shape):
    raw: str
    name: str
    area: Named | None
    share: float
    reason: str


class UnitGuess(Shape):
    """A unit that may be responsible, with the row of the duty list that says so."""

    unit: UnitName
    share: float
    reason: str
    duty_no: str | None


class Suggestion(Shape):
    """What the machine has understood so far; `revision` grows with every new one."""

    revision: int
    made_at: datetime
    kind: Guess | None
    title: Guess | None
    categories: list[CategoryGuess]  # the likeliest three, to choose from
    considered: list[CategoryGuess] = Field(default_factory=list)  # all that routing sums over
    place: PlaceGuess | None
    happened: Guess | None
    urgency: Guess
    danger_words: list[str]
    demand: Guess | None
    people_affected: int | None
    units: list[UnitGuess]
    missing: list[str]


class DraftForm(Shape):
    """The fields of the form. What a person has entered is never overwritten by a suggestion."""

    kind: Kind | None = None
    title: str | None = Field(default=None, max_length=60)
    content: str | None = Field(default=None, max_length=5000)
    demand: str | None = Field(default=None, max_length=500)
    category_code: str | None = None
    area_code: str | None = None
    place: str | None = Field(default=None, max_length=200)
    happened: str | None = Field(default=None, max_length=100)
    urgency: Urgency | None = None
    people_affected: int | None = Field(default=None, ge=0, le=1_000_000)
    unit_code: str | None = None
    caller_name: str | None = Field(default=None, max_length=40)
    contact_phone: str | None = Field(default=None, max_length=24)
    secrecy: Literal["open", "hidden_from_unit", "anonymous"] = "open"
    answer: str | None = Field(default=None, max_length=5000)


class Draft(Shape):
    """The draft of a call's case; pushed as `draft` to the desk that holds the call."""

    case_no: str
    call_id: int | None
    version: int
    state: CaseState
    form: DraftForm
    touched: list[str]  # fields a person has entered or confirmed
    suggestion: Suggestion | None
    # Changes with the personal fields, which a push leaves out: whoever holds another asks for the call anew.
    seal: str


class DraftChange(Shape):
    """Saved as typed: only the fields given change; each becomes touched."""

    form: DraftForm
    fields: list[str]  # which fields of `form` are meant


class CallDetail(Shape):
    card: CallCard
    caller_masked: str
    history: list[CaseCardRef]
    words: list[Words]
    draft: Draft | None
    listening: Listening
    recording: Literal["none", "recording", "stored", "awaiting_transcript", "failed"]


# ── Cases and work orders ───────────────────────────────────────────────────────────────────────


class Clock(Shape):
    """A clock that runs: drawn the same way everywhere."""

    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    limit: str  # in words: "5 个工作日"


class HandlingRecord(Shape):
    """What a unit says it has done (办理情况)."""

    text: str
    public_reply: str | None
    contacted_at: datetime | None
    contact_mode: str | None
    truth: Literal["true", "partly", "untrue"] | None
    solved: Literal["solved", "partly", "unsolved"] | None
    unsolved_reason: str | None
    promise_on: date | None
    over_duty: bool | None
    evidence_ids: list[int]


class OrderCard(Shape):
    order_no: str
    unit: UnitName
    part: Literal["lead", "helper", "sub"]
    state: OrderState
    clock: Clock
    sign_due_at: datetime
    signed_at: datetime | None
    replied_at: datetime | None
    auto_signed: bool
    redo: bool
    parent_order_no: str | None
    task: str | None
    extension_open: bool
    segments: list[list[datetime]]  # the counted stretches of time, so that the deadline explains itself
    record: HandlingRecord | None


class CaseCard(Shape):
    """A case as lists and boards see it; also pushed as `case.card`. Nothing about the person."""

    case_no: str
    version: int
    state: CaseState
    kind: Kind | None
    title: str
    category: Named | None
    area: Named | None
    urgency: Urgency
    lead: UnitName | None
    clock: Clock | None
    registered_at: datetime | None
    state_since: datetime
    round: int  # how often it has been dispatched
    stage_due_at: datetime | None  # when the state itself should be left
    supervision_level: int
    urgings: int
    redos: int
    incident_size: int  # how many others were merged into it
    flags: list[str]


class CasePage(Shape):
    as_of: datetime
    total: int
    more: bool  # there are more than `total`, which is as far as lists count
    items: list[CaseCard]
    next: str | None


class View(Shape):
    """A saved view of the list: what this person has to do."""

    view: str
    label_zh: str
    label_en: str
    count: int
    more: bool  # there are more than `count`


class Views(Shape):
    as_of: datetime
    views: list[View]


class TimelineEntry(Shape):
    at: datetime
    action: str
    actor_name: str
    unit_name: str | None
    from_state: CaseState | None
    to_state: CaseState | None
    reason: str | None
    note: str | None
    facts: dict[str, Any] | None


class AllowedAction(Shape):
    """What this person may do now, what must and may be given with it, and what follows."""

    action: ActionName
    order_no: str | None
    needs: list[NeedName]
    may: list[NeedName]
    codes: str | None  # the coded list that `code` or `codes` is from (GET /api/codes)
    follows: str


class Routing(Shape):
    """Why a case went, or may go, where: the rows that matched and the three best units."""

    automatic: bool
    reason: str
    candidates: list[UnitGuess]


class CaseDetail(Shape):
    card: CaseCard
    content: str
    demand: str | None
    place: str | None  # hidden from units when the case is secret
    happened: str | None
    people_affected: int | None
    secrecy: str
    caller_masked: str | None
    channel: str
    call_id: int | None
    words: list[Words]
    answer: str | None
    reply: str | None
    orders: list[OrderCard]
    timeline: list[TimelineEntry]
    routing: Routing | None
    suggestion: Suggestion | None
    similar: list[CaseCardRef]
    actions: list[AllowedAction]


class ActionBody(Shape):
    """What comes with an action; each field but the first two is a need of the same name (dispatch/given.py)."""

    version: int
    order_no: str | None = None
    unit_code: str | None = None  # the need `unit`
    helper_codes: list[str] = Field(default_factory=list, max_length=50)  # the need `helpers`
    units: list[str] = Field(default_factory=list, max_length=50)
    suggested_unit: str | None = None
    reason: str | None = Field(default=None, max_length=1000)
    text: str | None = Field(default=None, max_length=5000)
    code: str | None = Field(default=None, max_length=32)
    codes: list[str] = Field(default_factory=list, max_length=20)
    basis: str | None = Field(default=None, max_length=500)
    until: date | None = None
    into: str | None = Field(default=None, max_length=32)
    title: str | None = Field(default=None, max_length=200)
    contacted_at: AwareDatetime | None = None
    contact_mode: str | None = Field(default=None, max_length=32)
    truth: Literal["true", "partly", "untrue"] | None = None
    solved: Literal["solved", "partly", "unsolved"] | None = None
    unsolved_reason: str | None = Field(default=None, max_length=32)
    promise_on: date | None = None
    over_duty: bool | None = None
    files: list[int] = Field(default_factory=list, max_length=50)
    public_reply: str | None = Field(default=None, max_length=5000)
    contacted: bool | None = None
    grade: int | None = Field(default=None, ge=1, le=5)
    reasonable: bool | None = None
    duty_done: bool | None = None
    level: int | None = Field(default=None, ge=1, le=4)
    agreed: bool | None = None
    secrecy: Literal["open", "hidden_from_unit", "anonymous"] | None = None
    via: Literal["phone", "message", "web"] = "phone"
    form: DraftForm | None = None  # of a draft that is being finished: only the fields given change


class Code(Shape):
    """A choice of a coded list: a reason, a ground, a cause."""

    code: str
    zh: str
    en: str
    basis: str


class Codes(Shape):
    lists: dict[str, list[Code]]


class Unit(Shape):
    code: str
    name: str
    kind: str
    parent: str | None
    area: str | None


class Category(Shape):
    code: str
    name: str
    parent: str | None


class Area(Shape):
    code: str
    name: str
    level: str
    parent: str | None


class City(Shape):
    """The trees that forms choose from."""

    name: str
    units: list[Unit]
    categories: list[Category]
    areas: list[Area]


# ── The board ───────────────────────────────────────────────────────────────────────────────────


class BoardEvent(Shape):
    """One sentence of the last events; also pushed as `board.event`."""

    event_id: str
    at: datetime
    kind: str  # call_arrived, call_answered, call_ended, case_registered, case_answered, order_sent, ...
    case_no: str | None
    call_id: int | None
    unit_name: str | None
    title: str | None


class CallFigures(Shape):
    offered: int
    answered: int
    answered_in_15s: int
    abandoned: int
    by_quarter: list[int]  # offered calls by quarter hour since midnight in the city


class CaseFigures(Shape):
    registered: int
    answered_directly: int
    closed: int


class UnitLoad(Shape):
    """How many open cases a unit leads, and how many of them are late or about to be."""

    code: str
    name: str
    open: int
    late: int
    soon: int


class BoardSnapshot(Shape):
    as_of: datetime
    calls: list[CallCard]  # waiting and talking
    seats: dict[str, int]  # agents by state
    cases: list[CaseCard]  # open ones, newest first, at most `limit`
    pressing: list[CaseCard]  # of all open cases those due first, at most 50
    open_by_unit: list[UnitLoad]  # of all open cases
    limit: int
    open_total: int
    open_by_state: dict[str, int]
    calls_today: CallFigures
    cases_today: CaseFigures
    events: list[BoardEvent]


# ── Practice ────────────────────────────────────────────────────────────────────────────────────


class PracticeSegment(Shape):
    speaker: str
    text: str
    final_at: datetime


class PracticeCall(Shape):
    """What became of a call, for the practice line's command and the demo."""

    state: CallState
    outcome: CallOutcome | None
    segments: list[PracticeSegment]
    case_no: str | None
    case_state: CaseState | None
    unit: str | None
    arrived_at: datetime
    answered_at: datetime | None
    first_words_at: datetime | None
    registered_at: datetime | None
    routed_at: datetime | None
    on_board_at: datetime | None
    finished: bool


class Staffing(Shape):
    """Whether a person sits at any desk: while nobody does, the practice agent answers."""

    people_at_desks: int


class SignIn(Shape):
    username: str
    password: str


class Signed(Shape):
    signed_in: bool


_SEVERAL = r"^[a-z_]+(,[a-z_]+)*$"


class CaseQuery(Shape):
    """What a list of cases can be asked for; a saved filter keeps these very fields. Several parted by commas."""

    view: str = "open"
    q: str | None = Field(default=None, max_length=200)  # a number or its beginning, or words
    place: str | None = Field(default=None, max_length=200)  # words of the place
    unit: str | None = Field(default=None, max_length=32)  # led by it or one below
    state: str | None = Field(default=None, pattern=_SEVERAL)
    kind: Kind | None = None
    category: str | None = Field(default=None, max_length=16)  # that class and those below
    area: str | None = Field(default=None, max_length=16)  # that area and those below
    urgency: Urgency | None = None
    channel: str | None = Field(default=None, max_length=16)
    clock: Literal["late", "soon", "today"] | None = None
    flags: str | None = Field(default=None, pattern=_SEVERAL)
    registered_from: date | None = None
    registered_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    cursor: str | None = Field(default=None, max_length=200)


class PersonQuery(Shape):
    """Who is looked for and why. The number stands in the body: addresses are written into logs."""

    phone: str = Field(min_length=5, max_length=24)
    purpose: str = Field(min_length=2, max_length=200)


class PersonCases(Shape):
    """The newest cases brought in from one number."""

    as_of: datetime
    items: list[CaseCardRef]
