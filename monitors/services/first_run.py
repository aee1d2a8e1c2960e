"""What a new desk still needs, each looked at now: for the checklist on Home and for `manage.py check --deploy`."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet, Value

from monitors.models import Failure, Mirror
from monitors.services import clock, worker


@dataclass(frozen=True, slots=True)
class Item:
    """`how` says in a sentence how it is, `to_do` what is to be done where it is not; `page` is where, or empty."""

    key: str
    title: str
    is_done: bool
    how: str
    to_do: str
    page: str = ""


def items(mirror: Mirror, with_role: int | None = None) -> list[Item]:
    """In the order in which they are done; the mirror as it is now, and how many have a role where that is known."""
    number = sum(number_with_role()) if with_role is None else with_role
    return [credentials(mirror), domains(), people(number), worker_runs(mirror), first_list(mirror)]


def credentials(mirror: Mirror) -> Item:
    is_refused = mirror.failing_since is not None and mirror.failure_kind == Failure.CREDENTIALS
    is_proven = mirror.asked_at is not None and not is_refused
    how = "SendGrid does not accept them." if is_refused else "Not tried yet: the first list proves them."
    return Item(
        key="credentials",
        title="SendGrid's credentials",
        is_done=is_proven,
        how="SendGrid accepts them." if is_proven else how,
        to_do="Set SENDGRID_API_USER and SENDGRID_API_KEY, then load the list.",
        page="upstream",
    )


def domains() -> Item:
    allowed = settings.MONITOR_EMAIL_DOMAINS
    return Item(
        key="domains",
        title="Mailbox domains",
        is_done=bool(allowed),
        how=f"Samples go to mailboxes of {', '.join(allowed)} alone."
        if allowed
        else "Samples of customers' mail may be sent to any mailbox.",
        to_do="List in MONITOR_EMAIL_DOMAINS the domains that may receive samples.",
    )


def number_with_role() -> QuerySet[User, int]:
    """How many people may do anything here: one number."""
    people = User.objects.filter(Q(groups__desk_role__isnull=False) | Q(is_superuser=True), is_active=True)
    counted = people.order_by().values(all=Value(1)).annotate(number=Count("pk", distinct=True))
    return counted.values_list("number", flat=True)


def people(number: int) -> Item:
    return Item(
        key="people",
        title="People",
        is_done=number > 1,
        how=f"{number:,} people have a role." if number > 1 else "Nobody else can work here yet.",
        to_do="Invite people and give each a role.",
        page="people",
    )


def worker_runs(mirror: Mirror) -> Item:
    is_alive = worker.is_alive(mirror, clock.now())
    return Item(
        key="worker",
        title="Worker",
        is_done=is_alive,
        how="It runs." if is_alive else "None is running: lists are not fetched, and ends are not kept.",
        to_do="Start `manage.py run_huey`, as the Procfile does.",
    )


def first_list(mirror: Mirror) -> Item:
    return Item(
        key="list",
        title="First list",
        is_done=mirror.asked_at is not None,
        how="The desk has SendGrid's list." if mirror.asked_at else "The desk knows no record yet.",
        to_do="Load the list; a worker does it by itself.",
        page="upstream",
    )
