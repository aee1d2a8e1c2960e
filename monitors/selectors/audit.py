"""Reads of the audit log: pages by key, free text by trigrams, periods by the log's own order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connections
from django.db.models import Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from monitors.models import (
    RULES,
    AuditChain,
    AuditEvent,
    Customer,
    Kind,
    MonitorRecord,
    ProofCheck,
    RecordRevision,
    Role,
    State,
    prepared,
)
from monitors.models.together import Asked, prepared_named
from monitors.selectors import event_rows, people
from monitors.selectors.event_rows import EventRow
from monitors.selectors.totals import size

EVENTS_PER_PAGE = 50
MAX_COUNTED = 1_000  # of a filter's hits
MAX_CLOCK_SETBACK = timedelta(days=1)  # a clock may be set back; the numbers never are
MAX_KEYS_IN_QUERY = 500  # named one by one
MIN_TEXT_CHARACTERS = 3  # what a trigram index needs
OUTSIDE = "outside the desk"  # as rows say of a difference that nobody here made
SEARCH = {
    "sqlite": "SELECT rowid FROM monitors_auditsearch WHERE monitors_auditsearch MATCH %s",
    "postgresql": "SELECT number FROM monitors_auditsearch WHERE words ILIKE %s",
}
Events = QuerySet[AuditEvent]


@dataclass(frozen=True, slots=True)
class LogPage:
    """Events newest first; `newer` and `older` are the keys of the pages beside it, None at an end.

    `found` is how many events there are on all pages, None if they were not counted or are more than MAX_COUNTED.
    """

    events: list[EventRow]
    newer: int | None
    older: int | None
    found: int | None


def get(number: int) -> AuditEvent | None:
    return AuditEvent.objects.filter(number=number).first()


@dataclass(frozen=True, slots=True)
class Beside:
    """What the page of the log shows beside its events: how the evidence was found when it was verified last, and
    everybody who may have done something, as `people.everybody`."""

    checks: list[ProofCheck]
    named: list[tuple[str, str, str]]


def beside() -> Beside:
    """By one query."""
    return Beside(**prepared_named([Asked("checks", _proof_checks), Asked("named", people.named)]))


def _proof_checks() -> QuerySet[ProofCheck]:
    return ProofCheck.objects.order_by("proof")


def length() -> int:
    """How many events there are, without counting them."""
    chain = AuditChain.objects.filter(pk=1).first()
    return chain.length if chain else 0


def log_page(events: Events | None, *, before: str | None, after: str | None) -> LogPage:
    """The events next to a number: older than `before`, newer than `after`, else the newest.

    None: of all events, by a query that is prepared; they are not counted.
    """
    newer_than, older_than = parse_number(after), parse_number(before)
    if newer_than is not None:
        return _page_newer_than(events, newer_than)
    page, has_more, found = _read(events, _older_than, older_than)
    newer = _first(page) if older_than is not None else None
    return LogPage(page, newer, _last(page) if has_more else None, found)


def _page_newer_than(events: Events | None, number: int) -> LogPage:
    rows, has_more, found = _read(events, _newer_than, number)
    rows.reverse()
    return LogPage(rows, _first(rows) if has_more else None, _last(rows), found)


def _older_than(events: Events, *numbers: int) -> QuerySet[Any]:
    """Or the newest of all."""
    older = events.filter(number__lt=numbers[0]) if numbers else events
    return older.order_by("-number")[: EVENTS_PER_PAGE + 1]


def _newer_than(events: Events, *numbers: int) -> QuerySet[Any]:
    return events.filter(number__gt=numbers[0]).order_by("number")[: EVENTS_PER_PAGE + 1]


def _read(
    events: Events | None, next_to: Callable[..., QuerySet[Any]], number: int | None
) -> tuple[list[EventRow], bool, int | None]:
    """One page of them, whether there is another one, and how many there are on all, where they are counted."""
    places = () if number is None else (number,)
    found = _counted(events, next_to, places) if events is not None else _of_all(next_to, places)
    if not found:
        return [], False, 0
    numbers, counts = zip(*found, strict=True)
    rows = list(event_rows.with_numbers(numbers[:EVENTS_PER_PAGE]))
    return rows, len(numbers) > EVENTS_PER_PAGE, counts[0] if counts[0] <= MAX_COUNTED else None


def _counted(
    events: Events, next_to: Callable[..., QuerySet[Any]], places: tuple[int, ...]
) -> list[tuple[int, int]]:
    """Their numbers, with how many there are."""
    counted = events.annotate(found=size(events, MAX_COUNTED + 1))
    return list(next_to(counted, *places).values_list("number", "found"))


def _of_all(next_to: Callable[..., QuerySet[Any]], places: tuple[int, ...]) -> list[tuple[int, int]]:
    """The same without a filter, not counted."""

    def build(*places: int) -> QuerySet[Any]:
        uncounted = AuditEvent.objects.annotate(found=Value(MAX_COUNTED + 1))
        return next_to(uncounted, *places).values_list("number", "found")

    return prepared.read(("log", next_to, len(places)), build, *places)


def with_text(events: Events, text: str) -> Events:
    """Events whose names, reason or details hold the text."""
    return events.filter(number__in=_matching(events, text))


def with_words(events: Events, text: str) -> Events:
    """Events whose row shows each word: in its names, reason or details, or in what it is called."""
    words = [word for word in text.split() if len(word) >= MIN_TEXT_CHARACTERS] or [text]
    for word in words:
        events = events.filter(Q(number__in=_matching(events, word)) | _called(word.casefold()))
    return events


def _called(word: str) -> Q:
    """Events of a kind, task, outcome, source or role with this in its name; none where nothing has."""
    conditions = {
        "kind__in": [kind for kind in Kind if word in kind.label.casefold()],
        "task__in": [
            task for task, rules in RULES.items() if word in f"{rules.verb} {rules.past}".casefold()
        ],
        "outcome__in": [state for state in State if word in state.label.casefold()],
        "source__in": ["outside"] if word in OUTSIDE else [],
    }
    called = Q(pk__in=[])
    for condition, values in conditions.items():
        if values:
            called |= Q(**{condition: values})
    roles = [role for role in Role if word in role.value.casefold()]
    return called | Q(actor_roles__icontains=word) if roles else called


def _matching(events: Events, text: str) -> RawSQL:
    vendor = connections[events.db].vendor
    return RawSQL(SEARCH[vendor], [PATTERN[vendor](text)])  # noqa: S611 - what was typed is a parameter


def since(events: Events, moment: datetime) -> Events:
    later = AuditEvent.objects.filter(at__gte=moment - MAX_CLOCK_SETBACK).order_by("at")
    number = later.values_list("number", flat=True).first()
    return events.none() if number is None else events.filter(number__gte=number, at__gte=moment)


def until(events: Events, moment: datetime) -> Events:
    earlier = AuditEvent.objects.filter(at__lte=moment + MAX_CLOCK_SETBACK).order_by("-at")
    number = earlier.values_list("number", flat=True).first()
    return events.none() if number is None else events.filter(number__lte=number, at__lte=moment)


def on_record(events: Events, name: str) -> Events:
    """By a part of any name it ever had; an event from before the record was known carries a name alone."""
    named = Q(pk__in=RecordRevision.objects.filter(name__icontains=name).values("record"))
    records = MonitorRecord.objects.filter(named | Q(sort_name__contains=name.casefold()))
    unlinked = Q(record_id=None, record_name__icontains=name)
    return events.filter(Q(record_id__in=_keys(records)) | (unlinked & _mentions(events, name)))


def on_customer(events: Events, name: str) -> Events:
    customers = Customer.objects.filter(sort_name__contains=name.casefold())
    unlinked = Q(customer_id=None, username__icontains=name)
    return events.filter(Q(customer_id__in=_keys(customers)) | (unlinked & _mentions(events, name)))


def about_person(events: Events, username: str) -> Events:
    """About the account that is called so now; names of accounts are compared exactly."""
    accounts = User.objects.filter(username=username).values_list("pk", flat=True)
    return events.filter(person_id__in=list(accounts))


def _keys(rows: QuerySet[Any]) -> list[int] | QuerySet[Any]:
    """The keys themselves while there are few: the planner then knows that the index range is short."""
    keys = list(rows.values_list("pk", flat=True)[: MAX_KEYS_IN_QUERY + 1])
    return keys if len(keys) <= MAX_KEYS_IN_QUERY else rows.values("pk")


def _mentions(events: Events, name: str) -> Q:
    return Q(number__in=_matching(events, name)) if len(name) >= MIN_TEXT_CHARACTERS else Q()


def parse_number(text: str | None) -> int | None:
    """The key that a query string holds, None when it holds none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _first(rows: list[EventRow]) -> int | None:
    return rows[0].number if rows else None


def _last(rows: list[EventRow]) -> int | None:
    return rows[-1].number if rows else None


def _phrase(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


PATTERN: dict[str, Any] = {"sqlite": _phrase, "postgresql": _like}
