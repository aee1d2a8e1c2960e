"""A few of everything that somebody may look for by a piece of its name: what the palette and the search page list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitors.models import Customer, MonitorRecord, Operation, Plan, RecordRevision
from monitors.selectors import named_rows
from monitors.selectors.matching import MAX_SUGGESTION_HITS, Hits, Kind, find
from monitors.selectors.named_rows import FEW, NamedRows, in_order
from monitors.selectors.text import search_text

ENOUGH = 6  # of customers and records; of all else half
_COUNTS = {Kind.CUSTOMERS: ENOUGH, Kind.RECORDS: ENOUGH, Kind.GONE: FEW, Kind.FORMER: FEW}


@dataclass(frozen=True, slots=True)
class Found:
    """Customers (each with `records_now`) and records whose names are the text or begin with it come first."""

    customers: Sequence[Customer] = ()
    records: Sequence[MonitorRecord] = ()
    gone: Sequence[MonitorRecord] = ()
    former: Sequence[RecordRevision] = ()
    operations: Sequence[Operation] = ()
    plans: Sequence[Plan] = ()
    mailboxes: Sequence[str] = field(default=())

    @property
    def is_one(self) -> bool:
        """Whether there is exactly one thing, whatever its kind."""
        of_records = (self.records, self.gone, self.former, self.mailboxes)
        return sum(map(len, (self.customers, *of_records, self.operations, self.plans))) == 1


def search(typed: str) -> Found:
    text = search_text(typed)
    if not text:
        return Found()
    hits = find(text, *Kind, limit=MAX_SUGGESTION_HITS, enough=ENOUGH)
    return found(text, hits, named_rows.read(text, firsts(hits)))


def firsts(hits: Mapping[Kind, Hits]) -> dict[Kind, list[int]]:
    """The keys of what `found` lists."""
    return {kind: hits[kind].keys[:count] for kind, count in _COUNTS.items()}


def found(text: str, hits: Mapping[Kind, Hits], rows: NamedRows) -> Found:
    """Of the hits the first, whose rows have been read."""
    keys = firsts(hits)
    living = in_order(rows.records, keys[Kind.RECORDS])
    return Found(
        customers=in_order(rows.customers, keys[Kind.CUSTOMERS]),
        records=living,
        gone=in_order(rows.records, keys[Kind.GONE]),
        former=in_order(rows.revisions, keys[Kind.FORMER]),
        operations=rows.operations,
        plans=rows.plans,
        mailboxes=_mailboxes(living, text),
    )


def records(typed: str) -> list[MonitorRecord]:
    """Where a customer may be appended to: the first ones by name when nothing was typed."""
    text = search_text(typed)
    if not text:
        return list(MonitorRecord.objects.living().order_by("sort_name", "id")[:ENOUGH])
    hits = find(text, Kind.RECORDS, limit=MAX_SUGGESTION_HITS, enough=ENOUGH)[Kind.RECORDS]
    keys = hits.keys[:ENOUGH]
    return in_order(MonitorRecord.objects.in_bulk(keys), keys)


def _mailboxes(found: Iterable[MonitorRecord], text: str) -> list[str]:
    folded = text.lower()
    return list(dict.fromkeys(each.email for each in found if folded in each.email.lower()))[:FEW]
