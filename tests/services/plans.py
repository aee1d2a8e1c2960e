"""Plans drawn and run in tests, in a few words."""

from monitors.models import Attachment, ChangeKind, MonitorRecord, PlanSource
from monitors.services.plans import drawing, running, tending, wanted
from monitors.services.submission import Submission

EMAIL = "a@northmail.example"


def named(name):
    return MonitorRecord.objects.get(name=name, gone_at=None)


def drawn(actor, *names, record="one", kind=ChangeKind.APPEND, **wish):
    """A plan of these names on a record."""
    changes = wanted.of_names(enumerate(names, 1), kind=kind, record=named(record))
    return drawn_of(actor, changes, **wish)


def drawn_of(actor, changes, *, source=PlanSource.NAMES, reason="T-1", token=None, **wish):
    submission = Submission(actor=actor, reason=reason, token=token)
    return drawing.draw(submission=submission, wish=drawing.Wish(source=source, changes=changes, **wish))


def started(plan, actor):
    return running.run(submission=Submission(actor=actor), plan=plan, seen=plan.digest)


def run(plan, actor):
    """To its end, or to where it must wait."""
    plan = started(plan, actor)
    tending.tend()
    plan.refresh_from_db()
    return plan


def effects_of(plan):
    return {
        change.username or change.record_name: change.effect for change in plan.changes.order_by("number")
    }


def states_of(plan):
    return {change.username or change.record_name: change.state for change in plan.changes.order_by("number")}


def placements():
    return set(Attachment.objects.lasting().values_list("record__name", "customer__username"))


def calls(upstream, *tasks):
    """The writes that arrived, as (task, user or name)."""
    writes = [call.parameters for call in upstream.calls if call.parameters["task"] != "list"]
    return [
        (call["task"], call.get("user", call["name"]))
        for call in writes
        if not tasks or call["task"] in tasks
    ]
