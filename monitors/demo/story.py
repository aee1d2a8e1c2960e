"""What has happened at the demo's reseller: real operations by its people, through the same services."""

from pathlib import Path

from django.contrib.auth.models import User

from monitors.models import Customer, Mirror, MonitorRecord
from monitors.sandbox.store import Store
from monitors.services import attachments, records, refresh


def tell(people: dict[str, User], sandbox_db: Path) -> None:
    """Load the first list, then let people work; nothing when the mirror was loaded before."""
    if Mirror.objects.get(pk=1).asked_at is not None:
        return
    refresh.run(source="command")
    _work(people)
    refresh.run(source="command")
    _change_outside(sandbox_db)
    refresh.run(source="command")


def _work(people: dict[str, User]) -> None:
    ana, sam, ben = people["ana"], people["sam"], people["ben"]
    free = list(Customer.objects.filter(record_count=0).order_by("sort_name")[:4])
    busy = list(Customer.objects.filter(record_count=1).order_by("sort_name")[:3])
    watch = _record("billing-watch")
    records.edit(actor=ben, record=_record("deliverability-q4"), new_frequency=5000, reason="Credits, see FIN-311")
    for customer in free:
        attachments.append(actor=ana, record=watch, user=customer.username, reason="Onboarding review")
    for customer in busy[:1]:
        attachments.append(actor=sam, record=_record("escalation-4471"), user=customer.username, reason="ESC-4471")
    attachments.detach(actor=ana, record=watch, user=free[-1].username, reason="Review done")
    records.create(
        actor=ana,
        name="spring-campaigns",
        email="campaigns@northmail.example",
        frequency=250,
        reason="Asked for by deliverability",
    )


def _record(name: str) -> MonitorRecord:
    return MonitorRecord.objects.get(name=name, gone_at=None)


def _change_outside(sandbox_db: Path) -> None:
    """Somebody uses a script: the desk finds out from the next list."""
    store = Store(sandbox_db)
    try:
        store.edit(name="new-senders", new_frequency=40)
    finally:
        store.close()
