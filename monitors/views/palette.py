"""What the palette offers for what was typed: things by their names, pages, and what can be done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from monitors.models import Customer, MonitorRecord, Operation, Right
from monitors.selectors import palette as selectors
from monitors.selectors.customers import NamedRecord
from monitors.selectors.palette import Found
from monitors.selectors.text import search_text
from monitors.services import rights
from monitors.views.access import DeskRequest, needs
from monitors.wording import names, operations, plans, states, times
from monitors.wording.addresses import address
from monitors.wording.marks import marked
from monitors.wording.text import Name, Part, Strong, compose, join

EXACT, PREFIX, INSIDE, LAST = range(4)
MAX_RECORDS_NAMED = 2


@dataclass(frozen=True, slots=True)
class Option:
    """One line: choosing it opens `address`, or asks for a record to attach `attach` to, or posts `post` there."""

    icon: str
    label: Part
    address: str
    detail: Part = ""
    rank: int = PREFIX
    attach: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    label: str
    options: list[Option]

    @property
    def rank(self) -> int:
        return min(option.rank for option in self.options)


# Label, address, right and further words by which it is found.
PAGES = (
    ("Needs you", "home", Right.LOOK, "home"),
    ("Records", "records", Right.LOOK, ""),
    ("Customers", "customers", Right.LOOK, ""),
    ("Operations", "operations", Right.LOOK, "mine failed"),
    ("Plans", "plans", Right.LOOK, ""),
    ("Review", "review", Right.LOOK, "why still ends"),
    ("SendGrid's answers", "upstream", Right.LOOK, "upstream lists health refresh"),
    ("Monitored at any date", "monitored", Right.AUDIT, "who when"),
    ("Audit log", "audit", Right.AUDIT, "events"),
    ("Insight", "insight", Right.GOVERN, "charts samples"),
    ("People", "people", Right.GOVERN, "roles invite"),
)
ACTIONS = (
    ("plus-lg", "New record", "create", Right.MANAGE, "create"),
    ("people", "Paste many names, or choose a file", "new_plan", Right.PLAN, "new plan append bulk"),
)


@require_safe
@needs(Right.LOOK)
def options(request: DeskRequest) -> HttpResponse:
    """The listbox's inside. With `attach`, the records to which this customer may be appended."""
    typed, user = search_text(request.GET.get("q", "")), request.GET.get("attach", "")
    groups = [_targets(typed, user)] if user else of(request, typed, selectors.search(typed))
    shown = [group for group in groups if group.options]
    return render(request, "monitors/_options.html", {"groups": shown, "typed": typed})


def of(request: DeskRequest, typed: str, found: Found) -> list[Group]:
    """In the order of their best lines: what is called just so, what begins so, what holds it."""
    groups = [*of_names(typed, found), others(request, typed, found), *of_the_rest(typed, found)]
    return sorted((group for group in groups if group.options), key=lambda group: group.rank)


def of_names(typed: str, found: Found) -> Iterator[Group]:
    yield Group("customers", "Customers", [_customer(each, typed) for each in found.customers])
    records = [_record(each, typed) for each in found.records]
    yield Group("records", "Records", sorted(records, key=lambda option: option.rank))


def others(request: DeskRequest, typed: str, found: Found) -> Group:
    options = sorted(_pages_and_actions(request, typed, found), key=lambda option: option.rank)
    return Group("actions", "Pages and actions", options)


def of_the_rest(typed: str, found: Found) -> Iterator[Group]:
    yield Group("mailboxes", "Mailboxes", [_mailbox(each, typed) for each in found.mailboxes])
    former = [
        Option(
            "clock",
            marked(each.name, typed),
            address("record", each.record_id),
            _named_now(each.record),
            INSIDE,
        )
        for each in found.former
    ]
    gone = [
        Option(
            *("clock", marked(each.name, typed), address("record", each.pk)),
            compose("removed {}", times.ago(each.gone_at)) if each.gone_at else "",
            INSIDE,
        )
        for each in found.gone
    ]
    yield Group("former", "Formerly", former + gone)
    yield Group(
        "operations", "Operations by number or ticket", [_operation(each) for each in found.operations]
    )
    yield Group(
        "plans",
        "Plans",
        [
            Option("check-lg", plans.plan_title(each), reverse("plan", args=[each.pk]), each.reason, INSIDE)
            for each in found.plans
        ],
    )


def sole_exact(groups: Iterable[Group]) -> str:
    """The address of the only thing that was found, where it is called just so; actions do not count."""
    things = [option for group in groups if group.name != "actions" for option in group.options]
    return things[0].address if len(things) == 1 and things[0].rank == EXACT else ""


def _rank(name: str, typed: str) -> int:
    name, text = name.casefold(), typed.casefold()
    return EXACT if name == text else PREFIX if name.startswith(text) else INSIDE


def _customer(customer: Customer, typed: str) -> Option:
    return Option(
        *("people", marked(customer.username, typed), address("customer", customer.pk)),
        detail=_where(customer),
        rank=_rank(customer.username, typed),
    )


def _where(customer: Customer) -> Part:
    now = customer.records_now  # type: ignore[attr-defined]  # the selector adds it
    more = len(now) - MAX_RECORDS_NAMED
    named = join(", ", map(_place, now[:MAX_RECORDS_NAMED]))
    return compose("on {}{}", named, f" and {more} more" if more > 0 else "") if now else "not monitored"


def _place(record: NamedRecord) -> Part:
    name, end = Name(record.name), record.expires_at
    return compose("{} until {}", name, times.upcoming(end)) if times.is_coming(end) else name


def _record(record: MonitorRecord, typed: str) -> Option:
    count = f"{record.customer_count:,} customer{'' if record.customer_count == 1 else 's'}"
    return Option(
        *("activity", marked(record.name, typed), address("record", record.pk)),
        detail=compose("{} · {}", states.sample(record.frequency), count),
        rank=_rank(record.name, typed),
    )


def _named_now(record: MonitorRecord) -> Part:
    return compose("now {}", Name(record.name)) if record.gone_at is None else "removed"


def _mailbox(email: str, typed: str) -> Option:
    return Option(
        "inbox", marked(email, typed), reverse("mailbox", args=[email]), "its records", _rank(email, typed)
    )


def _operation(operation: Operation) -> Option:
    reason = [names.visible_text(operation.reason)] if operation.reason else []
    detail: list[Part] = [*reason, times.ago(operation.started_at), states.state_word(operation)]
    return Option(
        "arrow-right",
        compose("{} {}", operations.sentence(operation), str(operation.pk)[:6]),
        address("operation", operation.pk),
        join(" · ", detail),
        INSIDE,
    )


def _pages_and_actions(request: DeskRequest, typed: str, found: Found) -> Iterator[Option]:
    if typed and rights.may(request.user, Right.ATTACH):
        yield from _with_customer(found.customers[0] if found.customers else None, typed)
        yield from _with_record(request, found.records[0] if found.records else None, typed)
    for icon, label, page, right, words in ACTIONS:
        if rights.may(request.user, right) and _is_called(f"{label} {words}", typed):
            yield Option(icon, label, reverse(page))
    for label, page, right, words in PAGES:
        if rights.may(request.user, right) and _is_called(f"{label} {words}", typed):
            yield Option("arrow-right", label, reverse(page))


def _is_called(words: str, typed: str) -> bool:
    """One of the words begins with what was typed; nothing typed is everything."""
    text = typed.casefold()
    return f" {words.casefold()}".find(f" {text}") >= 0


def _with_customer(customer: Customer | None, typed: str) -> Iterator[Option]:
    is_meant = customer is not None and _rank(customer.username, typed) != INSIDE
    if customer is None or not is_meant:
        yield _attach(typed, "", LAST)
        return
    yield _attach(customer.username, reverse("append_customer", args=[customer.pk]), PREFIX)
    for each in customer.records_now[:MAX_RECORDS_NAMED]:  # type: ignore[attr-defined]
        query = f"?user={quote(customer.username, safe='')}"
        label = compose("Detach {} from {}…", Strong(Name(customer.username)), Name(each.name))
        yield Option("x-lg", label, f"{reverse('detach', args=[each.pk])}{query}")


def _attach(username: str, page: str, rank: int) -> Option:
    label = compose("Attach {} to…", Strong(Name(username)))
    return Option("plus-lg", label, page, rank=rank, attach=username)


def _with_record(request: DeskRequest, record: MonitorRecord | None, typed: str) -> Iterator[Option]:
    if record is None or _rank(record.name, typed) == INSIDE:
        return
    page, name = address("record", record.pk), Strong(Name(record.name))
    yield Option("plus-lg", compose("Append to {}…", name), f"{page}#id_user")
    if rights.may(request.user, Right.MANAGE):
        yield Option("pencil", compose("Edit {}…", name), reverse("edit", args=[record.pk]))


def _targets(typed: str, user: str) -> Group:
    """Records to append this customer to: at once, or by the form where a reason is needed."""
    is_asked = "append" in settings.REQUIRE_REASON
    rows = sorted(selectors.records(typed), key=lambda each: _rank(each.name, typed))
    options = []
    for each in rows:
        path = reverse("append", args=[each.pk])
        target = f"{path}?user={quote(user, safe='')}" if is_asked else path
        detail = compose("{} to {}", states.sample(each.frequency), Name(each.email))
        rank = _rank(each.name, typed)
        options.append(Option("plus-lg", marked(each.name, typed), target, detail, rank, post=not is_asked))
    return Group("targets", "Append to", options)
