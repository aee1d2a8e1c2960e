"""What browsers kept a page from doing: a line in the log, of which strangers cannot write many or long ones."""

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from monitors.views.buckets import Buckets

logger = logging.getLogger(__name__)
MAX_BYTES, MAX_REPORTS, MAX_WORD = 16_384, 5, 120
_taken = Buckets(per_minute=30)  # of all browsers, in this process


@csrf_exempt
@login_not_required
@require_POST
def reports(request: HttpRequest) -> HttpResponse:
    """Reports of both forms; what is none, or one too many, is dropped. 204 in any case: no browser can do anything."""
    for report in _read(request)[:MAX_REPORTS]:
        if not _taken.take("all"):
            logger.warning("a browser refused %s from %s on %s", *_words(report))
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> list[dict[str, Any]]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return []
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return []
    found = sent if isinstance(sent, list) else [sent]
    bodies = (each.get("body") or each.get("csp-report") for each in found if isinstance(each, dict))
    return [body for body in bodies if isinstance(body, dict)]


def _words(report: dict[str, Any]) -> tuple[str, str, str]:
    directive = (
        report.get("effectiveDirective")
        or report.get("effective-directive")
        or report.get("violated-directive")
    )
    blocked = report.get("blockedURL") or report.get("blocked-uri")
    page = report.get("documentURL") or report.get("document-uri")
    return _plain(directive), _without_query(blocked), _without_query(page)


def _without_query(address: Any) -> str:
    """What was searched for is nobody's business."""
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return "?"
    host = parts.netloc.rpartition("@")[2]
    return _plain(f"{parts.scheme}://{host}{parts.path}" if host else parts.path or parts.scheme)


def _plain(value: Any) -> str:
    text = "".join(mark if mark.isprintable() else "?" for mark in str(value or "?")[:MAX_WORD])
    return text or "?"
