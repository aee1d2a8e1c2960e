"""One request under a fault: what the fault can read and do."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from monitors.sandbox.answers import Answer, head_of
from monitors.sandbox.calls import CallLog
from monitors.sandbox.rendering import Format
from monitors.sandbox.service import Service
from monitors.sandbox.wire import Connection, Request


class Exchange:
    def __init__(
        self,
        *,
        connection: Connection,
        request: Request,
        call: int,
        service: Service,
        log: CallLog,
        applied: bool,
        options: Mapping[str, Any],
    ) -> None:
        self.connection = connection
        self.request = request
        self.options = options
        self.applied = applied
        self._call = call
        self._service = service
        self._log = log

    @property
    def format(self) -> Format:
        return self.request.format

    @property
    def is_list(self) -> bool:
        return self.request.task == "list"

    @cached_property
    def real_answer(self) -> Answer:
        """The real answer. Reading it carries out the request; without `applied`, a write is refused instead."""
        return self._service.answer(self.request, self._call, carry_out_writes=self.applied)

    def carry_out(self) -> None:
        """Carry out the request, or refuse it, before a byte goes out."""
        _ = self.real_answer

    def postpone(self) -> None:
        """Keep the write as a late one."""
        self._service.postpone(self.request, self._call)

    def real_answer_in_other_format(self) -> Answer:
        path, _, extension = self.request.path.rpartition(".")
        other = Format.XML if extension == Format.JSON else Format.JSON
        request = replace(
            self.request, target=self.request.target.replace(self.request.path, f"{path}.{other}")
        )
        return self._service.answer(request, self._call, carry_out_writes=self.applied)

    def reply(self, answer: Answer) -> None:
        """Send the whole answer; keep the connection as the client asks."""
        head = head_of(answer, length=len(answer.body), keep_alive=self.request.keeps_alive)
        self.begin(answer.status)
        self.connection.send(head + answer.body)

    def send_head(
        self, answer: Answer, *, length: int | None = None, extra: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Send only status line and headers; the connection cannot be reused."""
        self.begin(answer.status)
        self.connection.send(head_of(answer, length=length, keep_alive=False, extra=extra))

    def begin(self, status: int | None) -> None:
        """Call before the first byte goes out. `status` is None where the client gets none."""
        if status is not None:
            self._log.mark_answered(self._call, status)

    def send(self, part: bytes) -> None:
        self.connection.send(part)

    def drip(self, text: bytes, every_seconds: float) -> None:
        for position in range(len(text)):
            self.send(text[position : position + 1])
            if not self.connection.wait(every_seconds):
                return
