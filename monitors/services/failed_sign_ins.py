"""Failed sign-ins, counted by account, address and minute: what limits are judged by, and what the log says of them.

An attempt is counted before it is judged and taken back when it succeeds. A visitor can fill neither the table nor
the log: whoever is over a limit writes nothing, a minute has few rows, and each row becomes one event.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.crypto import salted_hmac

from monitors.models import MAX_SUBJECT, SOMEBODY_UNKNOWN, FailedSignIns, Kind, SignInStep
from monitors.services import clock, writers_lock
from monitors.services.log import audit

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT, ADDRESS_LIMIT = 10, 30  # wrong passwords within the window
MAX_ROWS_A_MINUTE = 60  # further addresses of a minute are counted together
CROWDED_NUMBERS = 256
NETWORK_BITS = 64  # of an IPv6 address: whoever has one has all of its network
SSO_STEPS = (SignInStep.SSO_PROVIDER, SignInStep.SSO_TOKEN, SignInStep.SSO_ACCOUNT)
_EVENTS_AT_ONCE = 500
Rows = QuerySet[FailedSignIns]


def account_of(username: str) -> int:
    """The key of the account that is tried; a number below zero for a name that nobody has.

    That name has limits like any other, else they would tell which names exist. It may be a password: it is not kept.
    """
    key = User.objects.filter(username=username).values_list("pk", flat=True).first()
    return _number_of(username) if key is None else int(key)


def _number_of(name: str) -> int:
    digest = salted_hmac("desk.unknown-name", name, algorithm="sha256").digest()
    return -1 - CROWDED_NUMBERS - int.from_bytes(digest[:7])


def _crowded(account: int) -> int:
    """Of a minute with very many rows: names that nobody has share few numbers then."""
    return account if account >= SOMEBODY_UNKNOWN else -1 + account % -CROWDED_NUMBERS


def network_of(address: str | None) -> str:
    """What is counted together: an IPv4 address, or the network of an IPv6 address; "" where there is none."""
    if not address:
        return ""
    parsed = ipaddress.ip_address(address)
    is_single = parsed.version == 4
    return str(parsed) if is_single else str(ipaddress.ip_network((parsed, NETWORK_BITS), strict=False))


def is_over_limit(account: int, network: str, *, counted: int = 0) -> bool:
    """Whether no password may be tried; `counted` of the attempts in the table are not judged yet."""
    recent = FailedSignIns.objects.filter(minute__gt=clock.now() - WINDOW, step=SignInStep.PASSWORD)
    if network and _sum(recent.filter(address=network)) - counted >= ADDRESS_LIMIT:
        return True
    return _sum(recent.filter(account_id__in={account, _crowded(account)})) - counted >= ACCOUNT_LIMIT


def count(account: int, network: str, step: SignInStep, *, subject: str = "") -> int:
    """Count one more; the row's key."""
    minute = _minute(clock.now())
    of_minute = FailedSignIns.objects.filter(minute=minute)
    key: dict[str, Any] = {"account_id": account, "address": network, "minute": minute, "step": step}
    key["subject"] = subject[:MAX_SUBJECT]
    if not FailedSignIns.objects.filter(**key).exists() and of_minute.count() >= MAX_ROWS_A_MINUTE:
        key |= {"address": "", "subject": "", "account_id": _crowded(account)}
    row, _ = FailedSignIns.objects.get_or_create(**key)
    FailedSignIns.objects.filter(pk=row.pk).update(count=F("count") + 1)
    return row.pk


def count_single_sign_on(account: int, address: str | None, step: SignInStep, *, subject: str = "") -> None:
    """A single sign-on that failed. Further ones from an address that failed very often write nothing."""
    network, recent = network_of(address), FailedSignIns.objects.filter(minute__gt=clock.now() - WINDOW)
    if _sum(recent.filter(address=network, step__in=SSO_STEPS)) < ADDRESS_LIMIT:
        count(account, network, step, subject=subject)


def take_back(row: int) -> None:
    """An attempt that was counted was not a failure."""
    FailedSignIns.objects.filter(pk=row, count__gt=0).update(count=F("count") - 1)


def forgive(account: int, network: str) -> None:
    """Whoever came in from there may mistype again; what others tried from elsewhere still counts."""
    FailedSignIns.objects.filter(account_id=account, address=network).update(forgiven=F("count"))


def note() -> int:
    """Write an event for each account, address and minute that is over; how many. Forgets what no limit needs."""
    now = clock.now()
    over = FailedSignIns.objects.filter(is_noted=False, count__gt=0, minute__lt=_minute(now))
    if not over.exists():
        _forget(now)
        return 0
    with transaction.atomic():
        writers_lock.take()
        rows = list(over.order_by("minute", "pk")[:_EVENTS_AT_ONCE])
        FailedSignIns.objects.filter(pk__in=[row.pk for row in rows]).update(is_noted=True)
        events = _events(rows)
        audit.write_all(events)
    _forget(now)
    return len(events)


def _forget(now: datetime) -> None:
    unwritten = {"is_noted": False, "count__gt": 0}
    FailedSignIns.objects.filter(minute__lt=_minute(now - WINDOW)).exclude(**unwritten).delete()


def _events(rows: Sequence[FailedSignIns]) -> list[audit.Event]:
    people = User.objects.in_bulk([row.account_id for row in rows])
    return [_event(row, people.get(row.account_id)) for row in _together(rows)]


def _together(rows: Sequence[FailedSignIns]) -> list[FailedSignIns]:
    """All names that nobody has are one event of an address and minute."""
    found: dict[Any, FailedSignIns] = {}
    for row in rows:
        key = (max(row.account_id, SOMEBODY_UNKNOWN), row.address, row.minute, row.step, row.subject)
        if key in found:
            found[key].count += row.count
        else:
            found[key] = row
    return list(found.values())


def _event(row: FailedSignIns, person: User | None) -> audit.Event:
    """Nobody's: nobody has shown who they are. Of a name that nobody has nothing is kept, it may be a password."""
    return audit.Event(
        kind=Kind.SIGN_IN_FAILED,
        source="web",
        actor_name=person.get_username() if person else "somebody unknown",
        person_id=person.pk if person else None,
        details={"count": row.count, "minute": row.minute.isoformat(), "step": row.step}
        | ({"subject": row.subject} if row.subject else {}),
        address=row.address or None,
    )


def _sum(rows: Rows) -> int:
    return int(rows.aggregate(all=Sum(F("count") - F("forgiven")))["all"] or 0)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
