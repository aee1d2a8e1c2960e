"""Reads for the search page: customers, records, former names and records that are gone."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model

from monitors.models import Customer, MonitorRecord, RecordRevision
from monitors.selectors import named_rows, palette
from monitors.selectors.matching import Hits, Kind, find
from monitors.selectors.named_rows import in_order
from monitors.selectors.text import search_text

ROWS_PER_PAGE = 10  # of each section
MAX_HITS = 500  # of each section: putting a thousand names in order took half of a search
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Section(Generic[M]):
    """The rows of one page of one kind; `is_cut`: more match than can be turned to."""

    rows: list[M]
    page: "Page[int]"
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What the search page shows."""

    customers: Section[Customer]
    records: Section[MonitorRecord]
    gone: Section[MonitorRecord]
    former_names: list[RecordRevision]
    found: palette.Found  # the first of everything, as the palette lists it

    @property
    def is_cut(self) -> bool:
        return self.customers.is_cut or self.records.is_cut or self.gone.is_cut

    @property
    def is_empty(self) -> bool:
        return not (self.customers.rows or self.records.rows or self.gone.rows or self.former_names)


def search(typed: str, page: str | None) -> Results:
    hits = find(typed, *Kind, limit=MAX_HITS)
    pages = {kind: Paginator(hits[kind].keys, ROWS_PER_PAGE).get_page(page or 1) for kind in Kind}
    firsts = palette.firsts(hits)
    keys = {kind: [*dict.fromkeys((*firsts[kind], *pages[kind]))] for kind in Kind}
    keys[Kind.FORMER] = hits[Kind.FORMER].keys
    rows = named_rows.read(search_text(typed), keys)
    return Results(
        customers=_section(hits, pages, Kind.CUSTOMERS, rows.customers),
        records=_section(hits, pages, Kind.RECORDS, rows.records),
        gone=_section(hits, pages, Kind.GONE, rows.records),
        former_names=in_order(rows.revisions, hits[Kind.FORMER].keys),
        found=palette.found(search_text(typed), hits, rows),
    )


def _section(
    hits: dict[Kind, Hits], pages: dict[Kind, "Page[int]"], kind: Kind, rows: dict[int, M]
) -> Section[M]:
    return Section(in_order(rows, list(pages[kind])), pages[kind], hits[kind].is_cut)
