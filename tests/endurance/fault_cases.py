"""What the endurance tests play of the sandbox's faults, and the words that the desk must say of each write."""

from monitors.gateway.errors import NotSent, OutcomeUnknown
from monitors.sandbox.faults import FAULTS, NAMES, Moment
from tests.gateway.fault_ends import EXPECTED, HONEST, ODD_ROWS_IN_XML, writing

WRITES = ("create", "edit", "delete", "append", "detach")
# They never end by themselves: the call lasts until its deadline.
SILENT = ("hang", "hang_within_answer", "endless_continue", "drip_body", "drip_headers")
# Deadlines of a call: one that is answered, one that is not, a list whose other tries would end like the first.
SECONDS, SECONDS_OF_SILENCE, SECONDS_OF_ONE_TRY, SECONDS_OF_TWO_TRIES = 1.0, 0.25, 0.4, 5.0
LIST_PARTS = 4

ACCEPTED, REFUSED, NOT_SENT, UNKNOWN = "Accepted, confirming", "Refused", "Not sent", "Unknown, checking"
SHOWN, NOT_SHOWN, REFUSED_BUT_SHOWN = "Shown by a list", "Not shown by a list", "Refused, but shown by a list"
_WORD_OF_END: dict[object, str] = {None: ACCEPTED, NotSent: NOT_SENT, OutcomeUnknown: UNKNOWN}
_SETTLED = {
    (ACCEPTED, True): "Confirmed",
    (ACCEPTED, False): "Contradicted by a list",
    (UNKNOWN, True): SHOWN,
    (UNKNOWN, False): NOT_SHOWN,
    (REFUSED, True): REFUSED_BUT_SHOWN,
}


def faults_of(task: str) -> tuple[str, ...]:
    return tuple(name for name in NAMES if task in FAULTS[name].tasks)


def faults_of_write(task: str, *, applied: bool) -> tuple[str, ...]:
    """Each can keep the upstream from carrying out the write; some leave no choice."""
    return tuple(name for name in faults_of(task) if not applied or can_be_applied(name))


def can_be_applied(fault: str) -> bool:
    """Whether the write can be done by the time its call ends; `late` does it afterwards."""
    return FAULTS[fault].moment is Moment.READ and fault not in ("lie", "late")


def is_carried_out(fault: str, *, applied: bool) -> bool:
    """A delayed write is, before the wait or after it."""
    return applied or fault == "delay"


def faults_of_list(part: int) -> tuple[str, ...]:
    return faults_of("list")[part::LIST_PARTS]


def words_at_once(fault: str, *, applied: bool) -> tuple[str, ...]:
    """Several where the machine decides which of them is true."""
    ends = writing(EXPECTED[fault], is_carried_out(fault, applied=applied))
    words = tuple(_WORD_OF_END.get(end, REFUSED) for end in ends)
    # A reset throws away what the client has not read yet.
    return (*words, UNKNOWN) if fault == "rst_after_answer" else words


def word_when_settled(word: str, *, is_done: bool) -> str:
    return _SETTLED.get((word, is_done), word)


def beliefs(fault: str, form: str) -> tuple[bool, ...]:
    """Whether a list with that fault is believed, or changes nothing; both where the machine decides which."""
    if fault == "rst_after_answer":
        return (True, False)
    is_readable = EXPECTED[fault] is HONEST or FAULTS[fault].moment is Moment.REUSED
    return (is_readable or (form == "xml" and fault in ODD_ROWS_IN_XML),)


def deadline_of_write(fault: str) -> float:
    return SECONDS_OF_SILENCE if fault in SILENT else SECONDS


def deadline_of_list(fault: str) -> float:
    if FAULTS[fault].moment is Moment.REUSED:
        return SECONDS_OF_TWO_TRIES
    is_readable = any(beliefs(fault, form) != (False,) for form in ("json", "xml"))
    return SECONDS if is_readable else SECONDS_OF_ONE_TRY
