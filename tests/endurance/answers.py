"""What the desk answered: statuses, and what a page without a database said of a write, held against the log."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import requests

from monitors.models import State
from tests.endurance.ledger import Line, lines
from tests.endurance.visitor import Visitor
from tests.product import Product

EXPECTED_STATUSES = (200, 302, 404, 422)
OWN_WORDS = "The desk's database does not answer"
NOTHING_SENT_WORDS = "Nothing was sent and nothing was changed."
KEPT_WORDS = "records it as soon as the database is back"
STATE_BY_WORDS = {
    "SendGrid said “success”": State.ACCEPTED,
    "SendGrid refused it": State.REFUSED,
    "nothing was sent": State.NOT_SENT,
    "it is not known whether it was done": State.UNKNOWN,
}
OPERATION = re.compile(r'data-operation="([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A 503: the number of the form that was sent, the operation that the page names, and its words."""

    token: str
    operation: str
    text: str

    @property
    def is_kept(self) -> bool:
        return KEPT_WORDS in self.text

    @property
    def state(self) -> State | None:
        """What the page says of the call's end."""
        return next((state for words, state in STATE_BY_WORDS.items() if words in self.text), None)


class Answers:
    """Every answer to the visitors that are watched."""

    def __init__(self) -> None:
        self.statuses = Counter[int]()
        self.surprises: list[str] = []
        self.unavailable: list[Unavailable] = []

    def watch(self, visitor: Visitor) -> Visitor:
        visitor.session.hooks["response"].append(self.note)
        return visitor

    def note(self, answer: requests.Response, **_: Any) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code == 503 and _is_own_page(answer):
            self.unavailable.append(_read(answer))
        elif answer.status_code not in EXPECTED_STATUSES:
            request = f"{answer.request.method} {urlsplit(answer.url).path}"
            self.surprises.append(f"{answer.status_code} to {request}: {answer.text[-600:]}")


def false_pages(product: Product, answers: Answers) -> list[str]:
    """What a 503 said of a write and the upstream's log, or the operation once all is settled, denies."""
    by_operation = {line.uuid: line for line in lines(product)}
    tokens = dict(product.rows("SELECT CAST(token AS TEXT), CAST(uuid AS TEXT) FROM monitors_operation"))
    problems = []
    for page in answers.unavailable:
        line = by_operation.get(page.operation or tokens.get(page.token, ""))
        if problem := _problem(page, line):
            problems.append(f"{problem}: {page.operation or page.token} {line}")
    return problems


def _problem(page: Unavailable, line: Line | None) -> str:
    if line is None:
        return "it names no operation" if page.operation else ""
    denials = {
        "it says that nothing was sent": NOTHING_SENT_WORDS in page.text and line.calls,
        f"it says {page.state}": page.state in (State.REFUSED, State.NOT_SENT) and line.acted,
        "it says success": page.state == State.ACCEPTED and not line.acted,
        "it says that the answer is kept": page.is_kept and not line.is_recorded,
    }
    return next((words for words, is_so in denials.items() if is_so), "")


def _is_own_page(answer: requests.Response) -> bool:
    is_page = OWN_WORDS in answer.text
    return is_page and "Retry-After" in answer.headers


def _read(answer: requests.Response) -> Unavailable:
    body = answer.request.body or ""
    fields = parse_qs(body if isinstance(body, str) else body.decode())
    match = OPERATION.search(answer.text)
    token = str(UUID(fields["token"][0])) if "token" in fields else ""
    return Unavailable(token, match[1] if match else "", answer.text)
