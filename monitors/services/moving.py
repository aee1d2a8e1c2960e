"""What each move does, one by itself (`moves`) and one of a plan (`plans.outcomes`): nobody is unmonitored meanwhile.

Appended to the new record first; taken off the old one only where the list that confirms the append still shows it
there; where that comes to nothing, taken off the new one again.
"""

from enum import Enum, auto

from monitors.models import Attachment

Note = dict[str, str]  # what an operation keeps, so that both records' histories name the other one


class Then(Enum):
    """What follows once a list has told of the append."""

    NOTHING_MOVED = auto()  # it is not on the new record, so it stays where it is
    DETACH = auto()  # SendGrid has left it on both
    MOVED = auto()


def after_append(username: str, *, to: int | None, old: int | None) -> Then:
    """`to` and `old` are the keys of the records."""
    if not is_on(username, to):
        return Then.NOTHING_MOVED
    return Then.DETACH if is_on(username, old) else Then.MOVED


def is_on(username: str, record_id: int | None) -> bool:
    lasting = Attachment.objects.lasting().filter(customer__username=username, record=record_id)
    return record_id is not None and lasting.exists()


def note_of_append(old: str) -> Note:
    return {"moving_from": old}


def note_of_detach(to: str) -> Note:
    return {"moving_to": to}


def note_of_back(old: str) -> Note:
    return {"putting_back_to": old}
