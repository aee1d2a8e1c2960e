"""Reads for the records page and for one record's page."""

from dataclasses import dataclass
from typing import cast

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from monitors.models import (
    UNDER_WAY,
    Attachment,
    Customer,
    MonitorRecord,
    Operation,
    RecordDetails,
    RecordRevision,
    RecordTag,
    prepared,
)
from monitors.models.attachment import AttachmentQuerySet
from monitors.selectors import ends, keyset, operations, totals
from monitors.selectors.matching import MAX_HITS, MAX_SUGGESTION_HITS, Kind, condition, find
from monitors.selectors.on_record import OnRecord, as_shown
from monitors.selectors.single_rows import MAX_KEY, Answer, Beside, Question
from monitors.selectors.text import search_text

SORTS = {
    "name": "sort_name",
    "email": "email",
    "frequency": "sort_frequency",
    "customers": "customer_count",
    "changed": "changed_at",
}
CUSTOMER_SORTS = {"customer": "sort_name", "since": "attached_at"}
GROUPS = ("no-customers", "changed-outside", "under-way")  # the chips above the list but for all
MAX_SUGGESTIONS = 8
NOBODY = "-"  # as the owner that a list is asked for


@dataclass(frozen=True, slots=True)
class Ours:
    """What the desk itself says of records, as a list is asked for it; `owner` begins a name, NOBODY is none."""

    owner: str = ""
    tag: str = ""

    def __bool__(self) -> bool:
        return bool(self.owner or self.tag)

    def condition(self) -> Q:
        return self._tagged() & self._owned()

    def _tagged(self) -> Q:
        tagged = RecordTag.objects.filter(tag=self.tag.casefold())
        return Q(pk__in=tagged.values("record")) if self.tag else Q()

    def _owned(self) -> Q:
        if not self.owner:
            return Q()
        if self.owner == NOBODY:
            return ~Q(pk__in=RecordDetails.objects.exclude(owner=None).values("record"))
        return Q(pk__in=RecordDetails.objects.filter(owner__in=_people(self.owner)).values("record"))


def _people(name: str) -> QuerySet[User]:
    text = search_text(name)
    part = Q(first_name__istartswith=text) | Q(last_name__istartswith=text) | Q(username__iexact=text)
    return User.objects.filter(part)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records each group has; `customers` are monitored now, each counted once."""

    customers: int
    all: int
    no_customers: int
    changed_outside: int
    under_way: int

    def of(self, group: str) -> int:
        """Of the group that a chip names; an unknown one is all."""
        return int(getattr(self, group.replace("-", "_"))) if group in GROUPS else self.all


ANY = Ours()


def get(record_id: int) -> MonitorRecord | None:
    """The record, also one that is gone: its history stays readable."""
    return next(iter(prepared.by_key("record", _with_changer, min(record_id, MAX_KEY))), None)


def _with_changer(record_id: int) -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.filter(pk=record_id).select_related("changed_by")


def parse_and_get(text: str) -> MonitorRecord | None:
    """The record that a query string names, None when it names none."""
    key = keyset.parse_key(text)
    return None if key is None else get(key)


_ROWS_TO_SHOW = {
    "record": Beside(MonitorRecord, "record.id = %s"),
    "changer": Beside(User, "changer.id = record.changed_by_id"),
    "former": Beside(MonitorRecord, "former.id = record.continues_id"),
    "details": Beside(RecordDetails, "details.record_id = record.id"),
    "owner": Beside(User, "owner.id = details.owner_id"),
}
_TRUTHS_TO_SHOW = {
    "has_namesake": """EXISTS (SELECT 1 FROM monitors_monitorrecord gone WHERE gone.gone_at = record.first_seen
        AND gone.email = record.email AND gone.frequency = record.frequency)""",
    "has_successors": "EXISTS (SELECT 1 FROM monitors_monitorrecord next WHERE next.continues_id = record.id)",
    # By the operation: a record may have half of all attachments.
    "has_shared_ends": """EXISTS (SELECT 1 FROM monitors_operation shared
        WHERE shared.task = 'detach' AND shared.record_id IS NULL AND EXISTS (SELECT 1 FROM monitors_attachment ended
            WHERE ended.ended_by_id = shared.uuid AND ended.record_id + 0 = record.id))""",
    "is_any_under_way": operations.is_any_under_way(),
}


@dataclass(frozen=True, slots=True)
class RecordToShow:
    """A record with what seldom is there, so that a page looks only for what is.

    `has_namesake`: a gone record that this one may have been before; `has_shared_ends`: customers whom a detach from
    all records took off; `is_any_under_way`: an operation, anywhere.
    """

    record: MonitorRecord
    details: RecordDetails | None
    has_namesake: bool
    has_successors: bool
    has_shared_ends: bool
    is_any_under_way: bool


def of_form(record_id: int) -> Question:
    """What a form about a record asks for beside the frame; who changed it is read where that is shown."""
    return Question({"record": _ROWS_TO_SHOW["record"]}, parameters=[min(record_id, MAX_KEY)])


def get_of_form(answer: Answer) -> MonitorRecord | None:
    return cast("MonitorRecord | None", answer.rows["record"])


def to_show(record_id: int) -> Question:
    """What a record's page asks for beside its frame."""
    return Question(_ROWS_TO_SHOW, _TRUTHS_TO_SHOW, [min(record_id, MAX_KEY)])


def get_to_show(answer: Answer) -> RecordToShow | None:
    """Like `get`, with what its page needs to know first."""
    record = cast("MonitorRecord | None", answer.rows["record"])
    if record is None:
        return None
    record.changed_by = cast("User | None", answer.rows["changer"])
    record.continues = cast("MonitorRecord | None", answer.rows["former"])
    details = cast("RecordDetails | None", answer.rows["details"])
    if details is not None:
        details.owner = cast("User | None", answer.rows["owner"])
    return RecordToShow(record, details, **answer.truths)


def details(record: MonitorRecord) -> RecordDetails | None:
    return RecordDetails.objects.select_related("owner").filter(record=record).first()


def last_revision(record: MonitorRecord) -> RecordRevision | None:
    """Of a record that is gone: it says how that happened."""
    if record.gone_at is None:
        return None
    closed = record.revisions.filter(until=record.gone_at).select_related("began_by", "ended_by")
    return closed.order_by("-since", "-pk").first()


def search(
    *,
    query: str,
    group: str,
    sort: str,
    place: keyset.Place,
    ours: Ours = ANY,
    count: int | None = None,
) -> keyset.Page[MonitorRecord]:
    """With their details. `group` is one of the chips above the list, empty for all; `count` where it is known."""

    def build() -> QuerySet[MonitorRecord]:
        return matching(query, group, ours)

    shape = None if query or ours else f"records {group if group in GROUPS else ''}"
    source = keyset.Source(build, (), shape, lambda rows: rows.select_related("changed_by", "details__owner"))
    return keyset.turn_to(source, keyset.order(SORTS, sort), place, count=count)


def matching(query: str, group: str, ours: Ours = ANY) -> QuerySet[MonitorRecord]:
    """All that a list shows, on whatever page."""
    narrower = _in_group(group) & ours.condition()
    return MonitorRecord.objects.living().filter(narrower, condition(query, Kind.RECORDS))


def counts(version: totals.Version | None = None) -> Counts:
    """By one query, and only when something was written since the last one."""
    return totals.at(version, "records", _count)


def _count() -> Counts:
    rows = MonitorRecord.objects.living()
    groups = {
        "customers": Customer.objects.filter(record_count__gt=0),
        "all": rows,
        **{name.replace("-", "_"): rows.filter(_in_group(name)) for name in GROUPS},
    }
    return Counts(**totals.count_all(groups))


def attachments(
    record: MonitorRecord,
    *,
    query: str = "",
    group: str = "",
    sort: str = "customer",
    place: keyset.Place = keyset.BEGINNING,
) -> keyset.Page[OnRecord]:
    """The customers on a record now; `group` as ends.condition takes it."""
    text, narrower = search_text(query), ends.condition(group, timezone.now())
    is_narrowed = bool(text or narrower)

    def build(record_id: int) -> QuerySet[Attachment]:
        lasting = Attachment.objects.lasting().filter(narrower, record=record_id)
        return lasting.filter(_customer_matches(record, text)) if text else lasting

    shape = None if is_narrowed else "customers on a record"
    source = keyset.Source(build, (record.pk,), shape, as_shown)
    count = None if is_narrowed else record.customer_count
    page = keyset.turn_to(source, keyset.order(CUSTOMER_SORTS, sort), place, count=count)
    return page.of(OnRecord._make)


def matching_attachments(record: MonitorRecord, query: str) -> AttachmentQuerySet:
    """All of a record that its search shows, on whatever page."""
    lasting, text = Attachment.objects.lasting().filter(record=record), search_text(query)
    return lasting.filter(_customer_matches(record, text)) if text else lasting


def _customer_matches(record: MonitorRecord, text: str) -> Q:
    """A record with few customers is read through, also for one or two characters."""
    if record.customer_count <= MAX_HITS:
        return Q(sort_name__contains=text.casefold())
    return condition(text, Kind.CUSTOMERS, prefix="customer__")


def suggest(typed: str) -> list[MonitorRecord]:
    """A few records whose names contain what was typed; the first ones by name when nothing was."""
    living = MonitorRecord.objects.living()
    if not search_text(typed):
        return list(living.order_by("sort_name", "id")[:MAX_SUGGESTIONS])
    keys = find(typed, Kind.RECORDS, limit=MAX_SUGGESTION_HITS, enough=MAX_SUGGESTIONS)[Kind.RECORDS].keys[
        :MAX_SUGGESTIONS
    ]
    rows = living.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _in_group(group: str) -> Q:
    under_way = Operation.objects.filter(settled_at=None, state__in=UNDER_WAY).exclude(record=None)
    return {
        "no-customers": Q(customer_count=0),
        "changed-outside": Q(changed_outside=True),
        "under-way": Q(pk__in=under_way.values("record")),
    }.get(group, Q())
