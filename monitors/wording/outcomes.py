"""What became of an operation, in a sentence, and what somebody can do now."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from monitors.models import RULES, Operation, Refresh, State, Task
from monitors.wording.operations import objective, reply
from monitors.wording.states import is_superseded
from monitors.wording.text import Name, Part, Text, compose, join, sentence, strong_name
from monitors.wording.times import clock, exact

_EXACT_FOR = timedelta(hours=1)
_TOO_MANY_REQUESTS = 429
_NO_CUSTOMER = {"user does not exist", "user not found"}
_NO_RECORD = {"monitor record not found"}


def outcome(operation: Operation) -> Text:
    """What is known of it now. What is unknown says so; who checks it is the page's to say."""
    if is_superseded(operation):
        return compose("SendGrid said {}. {}", reply(operation), why(operation))
    return _OUTCOMES[State(operation.state)](operation)


def outcome_in_brief(operation: Operation) -> Text:
    """Of one that came to nothing, or of which nobody knows: why, in a few words; empty for any other."""
    write = _IN_BRIEF.get(State(operation.state))
    return write(operation) if write else Text()


def elsewhere(operation: Operation) -> Text:
    """Of an append of somebody who was on other records: what became of that, as far as it is known."""
    names = [str(name) for name in operation.before.get("records", ())]
    if operation.task != Task.APPEND or not names or operation.state not in (State.ACCEPTED, State.CONFIRMED):
        return Text()
    others = join(" and ", map(strong_name, operation.left or names))
    if operation.left:
        return compose("It left {}.", others)
    if operation.state == State.ACCEPTED:
        return compose("It was on {}. The next list will tell whether SendGrid took it off there.", others)
    if "moving_from" in operation.before:
        return compose("{} is detached next where it still is on it.", others)
    return compose("SendGrid left it on {} too.", others)


def next_step(operation: Operation) -> Part:
    """What can be done after one that came to nothing."""
    if operation.state == State.REFUSED and operation.outcome_note:
        return operation.outcome_note
    if operation.retry_after is not None:
        return _try_again_at(operation)
    if operation.http_status == _TOO_MANY_REQUESTS:
        return "You can safely try again in a moment."
    if operation.state == State.REFUSED and operation.words:
        return _explained(operation) or "Correct this, then try again."
    return "You can safely try again."


def _explained(operation: Operation) -> Text:
    """What SendGrid's words mean here, where they are among those that it is known to use."""
    said = {word.strip().casefold() for word in operation.words}
    if operation.username and said & _NO_CUSTOMER:
        return compose("SendGrid has no customer {}. Check the spelling.", Name(operation.username))
    if said & _NO_RECORD:
        text = (
            "SendGrid has no record {}. It may have been renamed or deleted there; the next list will tell."
        )
        return compose(text, Name(operation.record_name))
    return Text()


def why(operation: Operation) -> str:
    """Our note on it as a sentence of its own."""
    return sentence(operation.outcome_note)


def next_try(operation: Operation) -> datetime | None:
    """From when another try may be sent, in whole seconds; None where that is unknown."""
    if operation.ended_at is None or operation.retry_after is None:
        return None
    moment = operation.ended_at + timedelta(seconds=operation.retry_after)
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)


def _try_again_at(operation: Operation) -> Part:
    moment = next_try(operation)
    if moment is None or moment <= timezone.now():
        return "You can safely try again."
    is_near = moment - timezone.now() < _EXACT_FOR
    return compose("You can safely try again at {}.", exact(moment) if is_near else clock(moment))


def _queued(operation: Operation) -> Text:
    """One that is overdue is never sent, also where nobody is there to say so in its row."""
    if operation.send_by is not None and operation.send_by < timezone.now():
        return compose("Nothing was sent: the desk could not send it in time. You can safely try again.")
    if operation.waits_for is not None:
        return compose(
            "It waits until this is done: {}. This line updates by itself.", objective(operation.waits_for)
        )
    return compose("It will be sent in a moment. This line updates by itself.")


def _pending(_operation: Operation) -> Text:
    return compose("It is being sent. This line updates by itself.")


def _accepted(operation: Operation) -> Text:
    return compose("SendGrid said {}. The next list will show whether it took effect.", reply(operation))


def _confirmed(operation: Operation) -> Text:
    """What nobody answered and a list shows may have been done by somebody else."""
    evidence = compose("{} {}.", _list(operation), RULES[Task(operation.task)].shown)
    if operation.words:
        return compose("SendGrid said {}, and {}{}", reply(operation), evidence, _before(why(operation)))
    sentences = "SendGrid gave no clear answer, but {} Somebody else may have done it.{}"
    return compose(sentences, evidence, _before(why(operation)))


def _contradicted(operation: Operation) -> Text:
    return compose(
        "SendGrid said {}, but {} {}. You can try again.",
        reply(operation),
        _list(operation),
        RULES[Task(operation.task)].not_shown,
    )


def _refused(operation: Operation) -> Text:
    if operation.shown_by is not None:
        shown = RULES[Task(operation.task)].shown
        return compose("SendGrid said {}, yet {} {}.", reply(operation), _named(operation.shown_by), shown)
    return compose("SendGrid said {}. Nothing was changed. {}", reply(operation), next_step(operation))


def _not_sent(operation: Operation) -> Text:
    return compose("Nothing was sent. {}{}", _spaced(why(operation)), next_step(operation))


def _not_applied(operation: Operation) -> Text:
    return compose(
        "SendGrid gave no clear answer, and {} {}. {}",
        _list(operation),
        RULES[Task(operation.task)].not_shown,
        next_step(operation),
    )


def _unknown(operation: Operation) -> Text:
    """The note says what came instead of a clear answer."""
    if operation.outcome_note:
        return compose("{} This may or may not have been done.", why(operation))
    return compose("SendGrid gave no clear answer: this may or may not have been done.")


def _refused_in_brief(operation: Operation) -> Text:
    if operation.shown_by is not None:
        return compose("{} {}", _named(operation.shown_by), RULES[Task(operation.task)].shown)
    return compose("SendGrid said {}", reply(operation))


def _not_sent_in_brief(operation: Operation) -> Text:
    return compose("{}", operation.outcome_note.rstrip(".") or "The desk could not send it in time")


def _not_shown_in_brief(operation: Operation) -> Text:
    return compose("{} {}", _list(operation), RULES[Task(operation.task)].not_shown)


def _unknown_in_brief(operation: Operation) -> Text:
    if operation.deadline_at > timezone.now():
        return compose("no clear answer; a list can tell from {} on", exact(operation.deadline_at))
    return compose("no clear answer; the next list will tell")


def _list(operation: Operation) -> Text:
    if operation.settled_by is None:
        return compose("a later list")
    return _named(operation.settled_by)


def _named(refresh: Refresh) -> Text:
    return compose("the list asked for at {}", clock(refresh.asked_at))


def _spaced(sentence: str) -> str:
    return f"{sentence} " if sentence else ""


def _before(sentence: str) -> str:
    return f" {sentence}" if sentence else ""


_OUTCOMES: dict[State, Callable[[Operation], Text]] = {
    State.QUEUED: _queued,
    State.PENDING: _pending,
    State.ACCEPTED: _accepted,
    State.CONFIRMED: _confirmed,
    State.CONTRADICTED: _contradicted,
    State.REFUSED: _refused,
    State.NOT_SENT: _not_sent,
    State.UNKNOWN: _unknown,
    State.NOT_APPLIED: _not_applied,
}
_IN_BRIEF: dict[State, Callable[[Operation], Text]] = {
    State.CONTRADICTED: _not_shown_in_brief,
    State.REFUSED: _refused_in_brief,
    State.NOT_SENT: _not_sent_in_brief,
    State.UNKNOWN: _unknown_in_brief,
    State.NOT_APPLIED: _not_shown_in_brief,
}
