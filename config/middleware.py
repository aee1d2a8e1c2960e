"""Headers that every answer carries, and an id by which a request can be found in the log."""

import ipaddress
import re
import secrets
import uuid
from collections.abc import Callable

import brotli
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from monitors.services import origin, people_log
from monitors.wording import addresses, zones

Handler = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "report-uri /csp-reports",
        "report-to csp",
    )
)
# As a power of two, the bytes in which Brotli looks for what was there already: a page is not longer.
WINDOW = 17
QUALITY = 4  # 5 saves a fifteenth of the bytes, for twice the time
SMALLEST = 200  # bytes worth packing, as for Django's gzip
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class CompressedPages(GZipMiddleware):
    """Django's own, for pages alone, and Brotli for who takes it: a file goes out row by row as before.

    docs/decisions/0006-compressed-pages.md and 0019-one-clock-one-sheet.md.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming:
            return response
        if isinstance(response, HttpResponse) and _is_for_brotli(request, response):
            _compress(response)
        return super().process_response(request, response)


def _is_for_brotli(request: HttpRequest, response: HttpResponse) -> bool:
    is_taken = re.search(r"\bbr\b(?!\s*;\s*q=0)", request.headers.get("Accept-Encoding", ""))
    return bool(is_taken) and len(response.content) >= SMALLEST and "Content-Encoding" not in response.headers


def _compress(response: HttpResponse) -> None:
    """As Django's gzip, with as much chance in the answer's length: it must not tell what the page holds."""
    patch_vary_headers(response, ("Accept-Encoding",))
    response.content = brotli.compress(response.content, quality=QUALITY, lgwin=WINDOW)
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Content-Encoding"] = "br"
    response.headers["X-Padding"] = "x" * secrets.randbelow(CompressedPages.max_random_bytes + 1)


def security_headers(get_response: Handler) -> Handler:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Reporting-Endpoints", 'csp="/csp-reports"')
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        # The cookie, not the person: an error page must come without the database too.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


def request_id(get_response: Handler) -> Handler:
    """Keep a well-formed X-Request-ID of a trusted proxy, else make one; `request.request_id` is a str."""

    def respond(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.TRUST_PROXY else ""
        request.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        response = get_response(request)
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return respond


def client_address(get_response: Handler) -> Handler:
    """`request.client_address` is the visitor's address as text, None where there is none; the log takes it too."""

    def respond(request: HttpRequest) -> HttpResponse:
        address = _address_of(request)
        request.client_address = address  # type: ignore[attr-defined]
        with origin.coming_from(address):
            return get_response(request)

    return respond


def _address_of(request: HttpRequest) -> str | None:
    """Of the connection, or what a trusted proxy says: the last entry is the one that it has added itself."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2] if settings.TRUST_PROXY else ""
    return _parsed(forwarded) or _parsed(request.META.get("REMOTE_ADDR", ""))


def _parsed(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def readers_clock(get_response: Handler) -> Handler:
    """Every moment in the zone that somebody chose; in the desk's own without a choice."""

    def respond(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(zones.COOKIE, "")
        with zones.reading_in(zones.named(chosen) if chosen else None):
            return get_response(request)

    return respond


def own_addresses(get_response: Handler) -> Handler:
    """Addresses on a page begin where this request found the desk."""

    def respond(request: HttpRequest) -> HttpResponse:
        with addresses.of_request():
            return get_response(request)

    return respond


def acting_person(get_response: Handler) -> Handler:
    """Changes of people and roles are written down under the name of whoever is signed in."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD") or not isinstance(request.user, User):
            return get_response(request)
        with people_log.acting(request.user):
            return get_response(request)

    return respond
