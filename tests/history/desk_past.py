"""A desk that has seen everything, by the services alone, so that its history has every kind of row."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone

from monitors.models import Attachment, MonitorRecord, Role
from monitors.sandbox.server import SandboxServer
from monitors.services import attachments, clock, moves, records, renames, stays
from monitors.services.lists import refresh
from monitors.services.log import history
from monitors.services.submission import Submission
from tests.services.plans import drawn, run

EMAIL, OTHER = "a@northmail.example", "b@northmail.example"
ROWS: list[tuple[str, str, int, tuple[str, ...]]] = [
    ("one", EMAIL, 5, ("acme", "globex")),
    ("two", EMAIL, 7, ("initech",)),
    ("three", OTHER, 9, ()),
]


def manager() -> User:
    user, _ = User.objects.get_or_create(username="ana")
    user.groups.add(Group.objects.get(name=Role.ACCOUNT_MANAGERS))
    return User.objects.get(pk=user.pk)


def named(name: str) -> MonitorRecord:
    record = MonitorRecord.objects.named(name)
    assert record is not None
    return record


def fetch() -> None:
    assert refresh.run(source="command", is_probe=True) is not None


def live(upstream: SandboxServer) -> None:
    """The first list and its digest, writes, a rename outside that is joined, an end, a move, a plan; then a digest."""
    ana = manager()

    def asked(reason: str = "ESC-1") -> Submission:
        return Submission(actor=ana, reason=reason)

    upstream.store.seed(records=ROWS, customers=["umbrella", "hooli"])
    fetch()
    history.write_digest()
    _write(upstream, asked)
    with clock.reading(lambda: timezone.now() + timedelta(hours=2)):  # nothing can be under way any more
        _change_outside(upstream)
        renames.join(submission=asked(), gone=MonitorRecord.objects.get(name="three"))
        lasting = Attachment.objects.lasting().get(customer__username="umbrella")
        stays.extend(submission=asked("longer"), keys=[lasting.pk], until_text="3d")
        moves.move(submission=asked(), record=named("second"), user="acme", from_record=named("one"))
        fetch()
        moves.run_due(is_after_list=True)
        run(drawn(ana, "initech"), ana)
        records.delete(submission=asked(), record=named("five"))
        fetch()
        history.write_digest()


def _write(upstream: SandboxServer, asked: Callable[..., Submission]) -> None:
    """Some are accepted, one is a lie, and of one no answer comes."""
    attachments.append(submission=asked(), record=named("three"), user="umbrella", until="4h")
    for name in ("four", "five"):
        records.create(submission=asked(), name=name, email=EMAIL, frequency=3)
    fetch()
    records.edit(submission=asked(), record=named("two"), new_name="second", new_frequency=8)
    attachments.detach(submission=asked(), record=named("one"), user="acme")
    upstream.fault("lie")
    attachments.detach(submission=asked(), record=named("one"), user="globex")
    upstream.fault("close_before_answer", applied=True)
    attachments.append(submission=asked("ESC-2"), record=named("four"), user="hooli")
    attachments.append(submission=asked("ESC-3"), record=named("four"), user="nobody")
    fetch()


def _change_outside(upstream: SandboxServer) -> None:
    upstream.store.append(name="one", user="acme")
    upstream.store.detach(name="second", user="initech")
    upstream.store.edit(name="three", new_name="third")
    fetch()
