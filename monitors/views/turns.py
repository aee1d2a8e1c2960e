"""One file at a time for each person: a view that answers with one holds the person's turn until it has gone out."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from monitors.services.exports import Turn
from monitors.views.access import DeskRequest, P, View


def single_file(view: View[P]) -> View[P]:
    """Raises TooMany while the person's last file, or too many of others, are under way."""

    @wraps(view)
    def guarded(request: DeskRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        turn = Turn(request.user)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            turn.end()
            raise
        return _held(response, turn)

    return cast(View[P], guarded)


def _held(response: HttpResponseBase, turn: Turn) -> HttpResponseBase:
    if not response.streaming:
        turn.end()
        return response
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        response.streaming_content = turn.keep(cast("list[bytes]", response.streaming_content))
    response.close = _both(response.close, turn.end)  # type: ignore[method-assign]
    return response


def _both(close: Callable[[], None], end: Callable[[], None]) -> Callable[[], None]:
    """The server closes a response when its last byte has left, or nobody takes it any more."""

    def closing() -> None:
        try:
            end()
        finally:
            close()

    return closing
