"""What has happened at the demo's reseller: real operations by its people, through the same services."""

from pathlib import Path

from django.contrib.auth.models import User

from monitors.models import Mirror, MonitorRecord
from monitors.sandbox.store import Store
from monitors.services import attachments, records
from monitors.services.lists import refresh
from monitors.services.submission import Submission


def tell(people: dict[str, User], sandbox_db: Path) -> None:
    """Load the first list, then let people work; nothing when the mirror was loaded before."""
    if Mirror.objects.get(pk=1).asked_at is not None:
        return
    refresh.run(source="command")
    store = Store(sandbox_db)
    try:
        _work(people, _free_customers(store))
        refresh.run(source="command")
        store.edit(name="new-senders", new_frequency=40)  # somebody uses a script of their own
    finally:
        store.close()
    refresh.run(source="command")


def _free_customers(store: Store) -> list[str]:
    """Customers that the upstream knows and nobody monitors: the API lists them nowhere."""
    monitored = {user for _, _, _, users in store.snapshot() for user in users}
    return [user for user in store.customers() if user not in monitored]


def _work(people: dict[str, User], free: list[str]) -> None:
    ana, sam, ben = people["ana"], people["sam"], people["ben"]
    watch = _record("billing-watch")
    records.edit(
        submission=Submission(actor=ben, reason="Credits, see FIN-311"),
        record=_record("deliverability-q4"),
        new_frequency=5000,
    )
    for user in free[:4]:
        attachments.append(
            submission=Submission(actor=ana, reason="Onboarding review"), record=watch, user=user
        )
    attachments.append(
        submission=Submission(actor=sam, reason="ESC-4471"), record=_record("escalation-4471"), user=free[4]
    )
    attachments.detach(submission=Submission(actor=ana, reason="Review done"), record=watch, user=free[3])
    records.create(
        submission=Submission(actor=ana, reason="Asked for by deliverability"),
        name="spring-campaigns",
        email="campaigns@northmail.example",
        frequency=250,
    )


def _record(name: str) -> MonitorRecord:
    return MonitorRecord.objects.living().get(name=name)
