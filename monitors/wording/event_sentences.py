"""One sentence for each kind of event that no operation's own sentence covers."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from monitors.models import ChangeState, Kind, MoveState
from monitors.wording import desk_sentences, held, person_sentences, sign_in_sentences
from monitors.wording.event_words import EventWords, Sentence
from monitors.wording.operations import Subject, changes
from monitors.wording.plans import outline_title
from monitors.wording.text import Link, Name, Part, Strong, Text, compose, join, plural, strong_name
from monitors.wording.times import stamp
from monitors.wording.until import until_words

_DIFFERENCES = {
    "appeared": ("Record appeared", "{record} appeared in the list"),
    "vanished": ("Record vanished", "{record} vanished from the list"),
    "edited": ("Record changed", "{record} changed: {changes}"),
    "attached": ("Customer appeared", "{customer} appeared on {record}"),
    "detached": ("Customer disappeared", "{customer} disappeared from {record}"),
}
_MOVED = {
    "attached": ("came_from", "Customer came", "{customer} came from {other} to {record}"),
    "detached": ("left_for", "Customer left", "{customer} left {record} for {other}"),
}
_NEVER_LISTED = {
    "vanished": ("Record not listed", "{record} is not in the list"),
    "detached": ("Customer not listed", "{customer} is not on {record} in the list"),
}


def difference_title(event: EventWords) -> str:
    return _difference_words(event)[0]


def _difference_words(event: EventWords) -> tuple[str, str]:
    """Title and sentence."""
    change = str(event.details.get("change"))
    key, *moved = _MOVED.get(change, ("",))
    if key in event.details:
        return moved[0], moved[1]
    never_listed = _NEVER_LISTED if event.details.get("never_listed") else {}
    return never_listed.get(change) or _DIFFERENCES.get(change, ("Difference", ""))


def _difference(event: EventWords, subject: Subject) -> Text:
    details = event.details
    return compose(
        _difference_words(event)[1],
        record=subject.record or "",
        customer=subject.customer,
        other=strong_name(str(details.get("left_for") or details.get("came_from") or "")),
        changes=changes(details.get("before", {}), details.get("after", {})),
    )


def _list_asked(_event: EventWords, _: Subject) -> Text:
    return compose("Asked SendGrid for its list")


def _baseline(event: EventWords, _: Subject) -> Text:
    return compose("The first list was loaded: {}", _size(event))


def _anomalies(event: EventWords, _: Subject) -> Text:
    return compose("A list had {}", plural(event.details.get("anomalies"), "anomaly", "anomalies"))


def _joined(event: EventWords, subject: Subject) -> Text:
    former = Name(str(event.details.get("former", {}).get("name", "")))
    text = "{record} was renamed outside the desk: joined with the history of {former}"
    return compose(text, record=subject.record or "", former=Strong(former))


def _details(event: EventWords, subject: Subject) -> Text:
    """What was changed, before and after."""
    before, after = event.details.get("before", {}), event.details.get("after", {})
    changed = [name for name in _DETAILS if before.get(name) != after.get(name)]
    pairs = (
        compose("{} {} instead of {}", name, Strong(_detail(after, name)), _detail(before, name))
        for name in changed
    )
    return compose("{record}: {changes}", record=subject.record or "", changes=join(", ", pairs))


_DETAILS = ("owner", "description", "tags")


def _detail(state: dict[str, Any], name: str) -> Name:
    value = state.get(name)
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return Name(words or ("nobody" if name == "owner" else "none"))


def _end_set(event: EventWords, subject: Subject) -> Text:
    before, after = (_end_words(event.details.get(side, {})) for side in ("before", "after"))
    text = "End of {customer} on {record}: {after} instead of {before}"
    return compose(
        text, customer=subject.customer, record=subject.record or "", before=before, after=Strong(after)
    )


def _end_words(state: dict[str, Any]) -> Part:
    return until_words(state.get("expires_at"), is_endless=bool(state.get("is_endless")))


def _kept(_event: EventWords, subject: Subject) -> Text:
    return compose("Kept {} on {}", subject.customer, subject.record or "")


def _end_needless(event: EventWords, subject: Subject) -> Text:
    why, now_on = str(event.details.get("why", "")), strong_name(str(event.details.get("now_on", "")))
    because = compose("had been appended anew" if why == "appended anew" else "is on {} now", now_on)
    text = "The end of {customer} on {record} came and nothing was done: it {because}"
    return compose(text, customer=subject.customer, record=subject.record or "", because=because)


def _move_failed(event: EventWords, subject: Subject) -> Text:
    is_back = event.details.get("state") == MoveState.PUT_BACK
    text = (
        "{customer} was not moved to {record}: it stays on {old}"
        if is_back
        else "{customer} is on {record} and still on {old}: neither could be taken off"
    )
    old = strong_name(str(event.details.get("from", "")))
    return compose(text, customer=subject.customer, record=subject.record or "", old=old)


def _held(event: EventWords, _: Subject) -> Text:
    return compose("A list was held: it would {}", _changed(event, "remove", "add"))


def _accepted(event: EventWords, _: Subject) -> Text:
    return compose("Accepted the held list, which {}", _changed(event, "removes", "adds"))


def _rejected(event: EventWords, _: Subject) -> Text:
    return compose("Rejected the held list, which would have {}", _changed(event, "removed", "added"))


def _changed(event: EventWords, *verbs: str) -> str:
    details = event.details
    removed, added = (
        (int(details.get(f"{side}records") or 0), int(details.get(f"{side}attachments") or 0))
        for side in ("", "added_")
    )
    return held.sides(removed=removed, added=added, verbs=(verbs[0], verbs[1]))


def _size(event: EventWords) -> str:
    records = plural(event.details.get("records"), "record", "records")
    return f"{records} and {plural(event.details.get('attachments'), 'attachment', 'attachments')}"


def _plan(verb: str) -> Sentence:
    def write(event: EventWords, _: Subject) -> Text:
        return compose("{} {}", verb, _plan_link(event))

    return write


def _plan_link(event: EventWords) -> Text:
    """What the plan was, as a link to its page."""
    details = event.details
    outline, key = details.get("outline", {}), str(details.get("plan", ""))
    return Text((Link(reverse("plan", args=[key]), outline_title(outline)),)) if key else Text()


def _plan_scheduled(event: EventWords, _: Subject) -> Text:
    starts_at = event.details.get("starts_at")
    moment = stamp(datetime.fromisoformat(starts_at)) if starts_at else Text()
    return compose("Scheduled {} for {}", _plan_link(event), moment)


def _plan_left_out(event: EventWords, _: Subject) -> Text:
    named = [
        compose("{} ({})", Name(str(row["name"])), str(row["why"]))
        for row in event.details.get("left_out", ())
    ]
    more = int(event.details.get("count", 0)) - len(named)
    end = compose(" and {} more", f"{more:,}") if more > 0 else Text()
    return compose("Left out of {}: {}{}", _plan_link(event), join(", ", named), end)


def _plan_paused(event: EventWords, _: Subject) -> Text:
    why = str(event.details.get("why") or "")
    return compose("Paused {}{}", _plan_link(event), f": {why}" if why else "")


def _plan_cancelled(event: EventWords, _: Subject) -> Text:
    left = plural(event.details.get("cancelled"), "change", "changes")
    return compose("Cancelled {}, {} left", _plan_link(event), left)


def _plan_ended(event: EventWords, _: Subject) -> Text:
    counts = event.details.get("counts", {})
    words = {str(state): str(state.label).lower() for state in ChangeState}
    named = ", ".join(f"{number:,} {words[state]}" for state, number in counts.items() if state in words)
    return compose("{} ended: {}", _plan_link(event), named)


def _digest(event: EventWords, _: Subject) -> Text:
    tables = event.details.get("tables", {})
    rows = plural(sum(table["rows"] for table in tables.values()), "row", "rows")
    return compose("Digest of the history: {}", rows)


SENTENCES: dict[str, Sentence] = {
    **desk_sentences.SENTENCES,
    **person_sentences.SENTENCES,
    **sign_in_sentences.SENTENCES,
    Kind.LIST_ASKED: _list_asked,
    Kind.DIFFERENCE: _difference,
    Kind.BASELINE: _baseline,
    Kind.ANOMALIES: _anomalies,
    Kind.JOINED: _joined,
    Kind.DETAILS: _details,
    Kind.END_SET: _end_set,
    Kind.KEPT: _kept,
    Kind.END_NEEDLESS: _end_needless,
    Kind.MOVE_FAILED: _move_failed,
    Kind.HELD: _held,
    Kind.HELD_ACCEPTED: _accepted,
    Kind.HELD_REJECTED: _rejected,
    Kind.PLAN_SCHEDULED: _plan_scheduled,
    Kind.PLAN_STARTED: _plan("Started"),
    Kind.PLAN_LEFT_OUT: _plan_left_out,
    Kind.PLAN_PAUSED: _plan_paused,
    Kind.PLAN_RESUMED: _plan("Resumed"),
    Kind.PLAN_RETRIED: _plan("Retried what failed in"),
    Kind.PLAN_CANCELLED: _plan_cancelled,
    Kind.PLAN_ENDED: _plan_ended,
    Kind.DIGEST: _digest,
}
