"""Reads about ends: what ends soon, what could not be ended, and what nobody has decided about for long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from monitors import moments
from monitors.models import Attachment, Operation, Source

ROWS_PER_PAGE = 50
MAX_SOON = 50
MAX_OVERDUE = 20
SOON = timedelta(hours=24)
GRACE = timedelta(minutes=2)  # an end that came just now is being carried out
TODAY, WEEK, NONE, NO_REASON = "today", "week", "none", "no-reason"
# Just as the index has it: PostgreSQL does not see that what IS NULL is one value, and would sort.
IN_ORDER = ("owner_id", "kept_at", "since", "pk")
_RELATED = ("record", "customer", "began_by", "owner")


def condition(group: str, moment: datetime, *, is_now: bool = True) -> Q:
    """Attachments that last at `moment` by their end: `today`, `week`, `none`, or `no-reason`; else all."""
    if group in (TODAY, WEEK):
        ending = Q(expires_at__isnull=False, expires_at__lt=_end_of(group, moment))
        # What lasts now has not expired: with that said, the index of ends can answer.
        return ending & Q(expired_at=None) if is_now else ending
    return {NONE: Q(expires_at=None), NO_REASON: Q(reason="")}.get(group, Q())


def _end_of(group: str, moment: datetime) -> datetime:
    """The next midnight, or the one after Sunday."""
    local = timezone.localtime(moment)
    days = 1 if group == TODAY else 7 - local.weekday()
    return timezone.make_aware(datetime.combine(local.date() + timedelta(days=days), time()))


def end_of_today(moment: datetime) -> datetime:
    return _end_of(TODAY, moment)


def chosen(keys: Iterable[int]) -> list[Attachment]:
    """Those of these attachments that last."""
    return list(_lasting().filter(pk__in=keys).order_by("sort_name", "pk"))


def soon_of(person: User, now: datetime) -> list[Attachment]:
    """What this person appended and what ends within a day."""
    return list(soon(now).filter(owner=person)[:MAX_SOON])


def soon(now: datetime) -> QuerySet[Attachment]:
    coming = Attachment.objects.ending(now, now + SOON).select_related(*_RELATED)
    return coming.order_by("expires_at", "pk")


def overdue(now: datetime) -> list[Attachment]:
    """Still there though their end has come, each with `last_try` (an operation or None)."""
    rows = list(late(now))
    add_last_tries(rows)
    return rows


def late(now: datetime) -> QuerySet[Attachment]:
    rows = _lasting().filter(expired_at=None, expires_at__lt=now - GRACE)
    return rows.order_by("expires_at")[:MAX_OVERDUE]


def add_last_tries(rows: Sequence[Attachment]) -> None:
    of_them = [row.customer_id for row in rows]  # of nobody: not even asked
    tries = Operation.objects.filter(source=Source.EXPIRY, customer__in=of_them).order_by("started_at")
    last = {(each.customer_id, each.record_id): each for each in tries}
    for row in rows:
        row.last_try = last.get((row.customer_id, row.record_id))  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What one owner should decide about, the longest undecided first; `next` is the key of the page after it."""

    rows: list[Attachment]
    next: str


def to_review(owner: User | None, *, after: str, now: datetime) -> ReviewPage:
    """First what has no end or no reason, then what nobody has looked at for REVIEW_DAYS.

    Both are short ranges of one index, however many attachments there are.
    """
    own = Attachment.objects.lasting().filter(owner=owner)
    key = _parse(after)
    keys: list[int] = []
    if key is None or not key[0]:
        keys = _keys(_undecided(own, key), ROWS_PER_PAGE + 1)
    if len(keys) <= ROWS_PER_PAGE:
        old = _old(own, key if key and key[0] else None, now)
        keys += _keys(old, ROWS_PER_PAGE + 1 - len(keys))
    page = keys[:ROWS_PER_PAGE]
    found = _lasting().in_bulk(page)
    rows = [found[pk] for pk in page if pk in found]
    return ReviewPage(rows, _key(rows[-1]) if rows and len(keys) > ROWS_PER_PAGE else "")


def _keys(rows: QuerySet[Attachment], count: int) -> list[int]:
    """By the index alone: with the rows' other tables in it a planner would rather sort them all."""
    return list(rows.values_list("pk", flat=True)[:count])


Key = tuple[datetime | None, datetime, int]  # when it was kept, since when, which


def _undecided(own: QuerySet[Attachment], key: Key | None) -> QuerySet[Attachment]:
    rows = own.filter(kept_at=None).order_by(*IN_ORDER)
    if key is None:
        return rows
    _, since, pk = key
    # Without a plain bound on `since`: SQLite would skip over both NULLs for it, and sort all of them.
    return rows.filter(Q(since__gt=since) | Q(since=since, pk__gt=pk))


def _old(own: QuerySet[Attachment], key: Key | None, now: datetime) -> QuerySet[Attachment]:
    rows = own.filter(kept_at__lt=_cutoff(now)).order_by(*IN_ORDER)
    if key is None:
        return rows
    kept, since, pk = key
    later = Q(kept_at__gt=kept) | Q(kept_at=kept, since__gt=since) | Q(kept_at=kept, since=since, pk__gt=pk)
    return rows.filter(later, kept_at__gte=kept)


def _cutoff(now: datetime) -> datetime:
    return now - timedelta(days=settings.REVIEW_DAYS)


def _key(row: Attachment) -> str:
    kept = row.kept_at.isoformat() if row.kept_at else ""
    return f"{kept}_{row.since.isoformat()}_{row.pk}"


def _parse(text: str) -> Key | None:
    kept, _, rest = text.partition("_")
    since, _, pk = rest.partition("_")
    kept_at, since_at = moments.parse(kept), moments.parse(since)
    if (
        since_at is None
        or bool(kept) != bool(kept_at)
        or not (pk.isascii() and pk.isdigit() and len(pk) < 19)
    ):
        return None
    return kept_at, since_at, int(pk)


def first_undecided(owner: User, rows: int) -> QuerySet[Attachment]:
    """The longest undecided of what has no end or no reason."""
    return _lasting().filter(pk__in=_undecided_keys(owner, rows)).order_by(*IN_ORDER)


def number_undecided(owner: User, most: int) -> QuerySet[Attachment, int]:
    """How many there are, `most` if not more: one number, or nothing at all."""
    own = Attachment.objects.filter(pk__in=_undecided_keys(owner, most)).order_by()
    return own.values("owner").annotate(number=Count("pk")).values_list("number", flat=True)


def _undecided_keys(owner: User, count: int) -> QuerySet[Attachment, int]:
    own = _undecided(Attachment.objects.lasting().filter(owner=owner), None)
    return own.values_list("pk", flat=True)[:count]


def owners(now: datetime) -> list[User]:
    """Whoever has something to review."""
    own = Attachment.objects.lasting().filter(owner=OuterRef("pk"))
    waiting = Q(Exists(own.filter(kept_at=None))) | Q(Exists(own.filter(kept_at__lt=_cutoff(now))))
    return list(User.objects.filter(waiting).order_by("first_name", "last_name", "username"))


def _lasting() -> QuerySet[Attachment]:
    return Attachment.objects.lasting().select_related(*_RELATED)
