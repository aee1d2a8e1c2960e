"""Reads for the search page: customers, records, former names and records that are gone."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model

from monitors.models import Customer, MonitorRecord, RecordRevision
from monitors.selectors import customers
from monitors.selectors.matching import Hits, Kind, find

ROWS_PER_PAGE = 10  # of each section
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

    @property
    def is_cut(self) -> bool:
        return self.customers.is_cut or self.records.is_cut or self.gone.is_cut

    @property
    def is_empty(self) -> bool:
        return not (self.customers.rows or self.records.rows or self.gone.rows or self.former_names)


def search(typed: str, page: str | None) -> Results:
    hits = find(typed, *Kind)
    pages = {kind: Paginator(hits[kind].keys, ROWS_PER_PAGE).get_page(page or 1) for kind in Kind}
    named = {row.pk: row for row in customers.by_keys(list(pages[Kind.CUSTOMERS]))}
    records = MonitorRecord.objects.select_related("changed_by")
    rows = records.in_bulk([*pages[Kind.RECORDS], *pages[Kind.GONE]])
    return Results(
        customers=_section(hits, pages, Kind.CUSTOMERS, named),
        records=_section(hits, pages, Kind.RECORDS, rows),
        gone=_section(hits, pages, Kind.GONE, rows),
        former_names=_former_names(hits[Kind.FORMER].keys),
    )


def _section(
    hits: dict[Kind, Hits], pages: dict[Kind, "Page[int]"], kind: Kind, rows: dict[int, M]
) -> Section[M]:
    keys = pages[kind].object_list
    return Section([rows[key] for key in keys if key in rows], pages[kind], hits[kind].is_cut)


def _former_names(keys: list[int]) -> list[RecordRevision]:
    rows = RecordRevision.objects.select_related("record", "began_by", "ended_by").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]
