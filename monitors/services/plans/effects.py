"""What each change of a plan would do, held against the mirror. Nothing here writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from monitors.limits import MAX_FREQUENCY, MAX_MAILBOX
from monitors.models import Change, ChangeKind, Effect, MonitorRecord, Right
from monitors.models.plan import PLAIN_KINDS
from monitors.services import policy, rights
from monitors.services.plans import mirrored
from monitors.services.plans.mirrored import Mirrored, Place

NO_RECORD = "SendGrid's list has no record of this name."
NO_NAME = "No record is named."
GONE = "This record is no longer in SendGrid's list."
NEVER_SEEN = "The desk has never seen this name on any record."
Verdict = tuple[Effect, str]  # and why, in words


def assess(changes: Sequence[Change], *, actor: User) -> None:
    """Set effect, note, customer, former places and old record of each change, in the order of the plan."""
    judge = _Judge(mirrored.read(changes), may_manage=rights.may(actor, Right.MANAGE))
    for change in changes:
        change.effect, change.note = judge.verdict(change)


@dataclass(slots=True)
class _Judge:
    """Goes through a plan once: what earlier changes of it do counts for later ones."""

    mirror: Mirrored
    may_manage: bool
    seen: set[tuple[str, ...]] = field(default_factory=set)
    created: set[str] = field(default_factory=set)
    detached: dict[int, int] = field(default_factory=dict)  # so many leave each record before

    def verdict(self, change: Change) -> Verdict:
        self._place(change)
        effect, note = self._plain_verdict(change)
        if effect in (Effect.APPLIES, Effect.MOVES):
            self._remember(change)
            if self._is_busy(change):
                return Effect.WAITS, "Waits for what is under way on the same customer or record."
        return effect, note

    def _plain_verdict(self, change: Change) -> Verdict:
        key = _key(change)
        if key in self.seen:
            return Effect.TWICE, "An earlier line asks for the same."
        self.seen.add(key)
        if change.kind not in PLAIN_KINDS and not self.may_manage:
            return Effect.NOT_ALLOWED, "Your role may not change records."
        return _VERDICTS[ChangeKind(change.kind)](self, change)

    def _place(self, change: Change) -> None:
        """Fill in what the mirror knows: keys by names, present names by keys, and where the customer is."""
        if change.record_id is None and change.record_name in self.mirror.by_name:
            change.record = self.mirror.by_name[change.record_name]
        if change.record_id is not None and change.record_id in self.mirror.records:
            change.record = self.mirror.records[change.record_id]
            if change.record.gone_at is None:
                change.record_name = change.record.name
        if change.username:
            change.customer_id = self.mirror.customers.get(change.username)
            places = self.mirror.of(change.username).values()
            change.before = change.before | {"records": [place.as_before() for place in places]}

    def _remember(self, change: Change) -> None:
        if change.kind == ChangeKind.CREATE:
            self.created.add(change.record_name)
        leaves = change.record_id if change.kind == ChangeKind.DETACH else change.from_record_id
        if change.kind in (ChangeKind.DETACH, ChangeKind.MOVE) and leaves is not None:
            self.detached[leaves] = self.detached.get(leaves, 0) + 1

    def _is_busy(self, change: Change) -> bool:
        mirror = self.mirror
        names = {change.record_name, str(change.parameters.get("new_name", ""))} - {""}
        busy = mirror.busy_records if change.kind in PLAIN_KINDS else mirror.busy_placements
        return change.username in mirror.busy_customers or not names.isdisjoint(busy)

    def _living(self, change: Change) -> Verdict | None:
        """None where the record is there, or will be."""
        if change.record is None:
            if change.record_name in self.created:
                return None
            return Effect.NOT_ALLOWED, NO_RECORD if change.record_name else NO_NAME
        if change.record.gone_at is not None and change.record_name not in self.created:
            return Effect.NOT_ALLOWED, GONE
        return None

    def append(self, change: Change) -> Verdict:
        places = self.mirror.of(change.username)
        if problem := self._living(change) or _name_problem(change.username):
            return problem
        if change.record_id in places:
            return Effect.ALREADY, ""
        if change.customer_id is None and not change.is_insisted:
            return Effect.UNKNOWN_CUSTOMER, NEVER_SEEN
        change.from_record_id = next(iter(places)) if len(places) == 1 else None
        return (Effect.MOVES if places else Effect.APPLIES), ""

    def detach(self, change: Change) -> Verdict:
        places = self.mirror.of(change.username)
        if change.customer_id is None:
            return Effect.UNKNOWN_CUSTOMER, NEVER_SEEN
        if change.record is None and change.record_name:
            return Effect.NOT_ALLOWED, NO_RECORD
        if change.record_id not in places if change.record_id else not places:
            return Effect.ALREADY, ""
        return self._as_it_was(change, places) or (Effect.APPLIES, "")

    def _as_it_was(self, change: Change, places: dict[int, Place]) -> Verdict | None:
        """An undo takes off what it put on, and nothing that somebody has put there since."""
        expected, record = change.before.get("began_by"), change.record_id
        if expected is None or record is None or str(places[record].began_by) == expected:
            return None
        return Effect.NOT_ALLOWED, "It has been appended again since then."

    def move(self, change: Change) -> Verdict:
        if problem := self._living(change) or _name_problem(change.username):
            return problem
        places = self.mirror.of(change.username)
        if change.customer_id is None and not change.is_insisted:
            return Effect.UNKNOWN_CUSTOMER, NEVER_SEEN
        others = {key: place for key, place in places.items() if key != change.record_id}
        return self._move_from(change, others, is_there=change.record_id in places)

    def _move_from(self, change: Change, others: dict[int, Place], *, is_there: bool) -> Verdict:
        wanted = change.before.get("from")  # named when it was asked for; else the one that there is
        if wanted is None and len(others) > 1:
            names = ", ".join(sorted(place.name for place in others.values()))
            return Effect.NOT_ALLOWED, f"On several records: {names}. Move it from one of their pages."
        change.from_record_id = wanted if wanted is not None else next(iter(others), None)
        if change.from_record_id in others:
            return Effect.MOVES, ""
        if is_there:
            return Effect.ALREADY, ""
        if wanted is not None:
            return Effect.NOT_ALLOWED, "No longer on the record that it should leave."
        return Effect.APPLIES, ""

    def edit(self, change: Change) -> Verdict:
        record = change.record
        if record is None or record.gone_at is not None:
            return Effect.NOT_ALLOWED, GONE
        expected, now = change.before.get("expected", {}), _fields(record)
        if any(now[key] != value for key, value in expected.items()):
            return Effect.NOT_ALLOWED, "It has been changed since then."
        change.before = change.before | now
        change.parameters = {
            key: value
            for key, value in change.parameters.items()
            if str(now[key.removeprefix("new_")]) != str(value)
        }
        if not change.parameters:
            return Effect.ALREADY, ""
        new_name = str(change.parameters.get("new_name", ""))
        if new_name in self.mirror.by_name:
            return Effect.NOT_ALLOWED, f"There is already a record called {new_name}."
        return _field_problem(change) or (Effect.APPLIES, "")

    def create(self, change: Change) -> Verdict:
        if change.record_name in self.mirror.by_name:
            return Effect.NOT_ALLOWED, "There is already a record of this name."
        return _name_problem(change.record_name) or _field_problem(change) or (Effect.APPLIES, "")

    def delete(self, change: Change) -> Verdict:
        record = change.record
        if record is None or record.gone_at is not None:
            return Effect.ALREADY, ""
        change.before = change.before | _fields(record)
        left = record.customer_count - self.detached.get(record.pk, 0)
        if left > 0:
            noun = "customer stays" if left == 1 else "customers stay"
            return (
                Effect.NOT_ALLOWED,
                f"{left:,} {noun} on it. Only records without customers can be deleted.",
            )
        return Effect.APPLIES, ""


_VERDICTS: dict[ChangeKind, Callable[[_Judge, Change], Verdict]] = {
    ChangeKind.APPEND: _Judge.append,
    ChangeKind.DETACH: _Judge.detach,
    ChangeKind.MOVE: _Judge.move,
    ChangeKind.EDIT: _Judge.edit,
    ChangeKind.CREATE: _Judge.create,
    ChangeKind.DELETE: _Judge.delete,
}


def _key(change: Change) -> tuple[str, ...]:
    """What two changes of one plan may not both ask for. A move and an append to a record are the same wish."""
    kind = ChangeKind.APPEND if change.kind == ChangeKind.MOVE else change.kind
    record = str(change.record_id or change.record_name)
    return (str(kind), change.username, record)


def _name_problem(name: str) -> Verdict | None:
    return (
        None
        if name.isprintable()
        else (Effect.NOT_ALLOWED, "Contains characters that are not allowed in a name.")
    )


def _field_problem(change: Change) -> Verdict | None:
    values = {key.removeprefix("new_"): str(value) for key, value in change.parameters.items()}
    email, frequency = values.get("email"), values.get("frequency")
    if email is not None and ("@" not in email or len(email) > MAX_MAILBOX or not policy.is_allowed(email)):
        return Effect.NOT_ALLOWED, f"Samples may not go to {email}."
    if frequency is not None and not _is_frequency(frequency):
        return Effect.NOT_ALLOWED, "A sample is one in a whole number of messages."
    return None


def _is_frequency(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_FREQUENCY


def _fields(record: MonitorRecord) -> dict[str, str | int | None]:
    return {"name": record.name, "email": record.email, "frequency": record.frequency}
