"""Deciding how long customers stay: another end, an end now, or that they stay; and what is to be reviewed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from monitors.forms.ends import EndForm
from monitors.models import Attachment, Right
from monitors.selectors import ends as selectors
from monitors.selectors import touched
from monitors.selectors.audit import parse_number
from monitors.selectors.text import search_text
from monitors.services import stays as services
from monitors.services.errors import Invalid
from monitors.services.submission import Submission
from monitors.views import in_place
from monitors.views.access import DeskRequest, needs, until_choices
from monitors.views.answers import UNPROCESSABLE, ours, safe_next

REVIEW = "/review/"
NOBODY = "nobody"  # at this desk
Act = Callable[[Submission, Sequence[int], EndForm], list[Attachment]]


@dataclass(frozen=True, slots=True)
class Decision:
    """One of the three, with its words: `verb` with a number, `done` in the past."""

    act: Act
    verb: str
    done: str
    needs_until: bool = False
    needs_reason: bool = True


DECISIONS = {
    "extend": Decision(
        lambda by, keys, form: services.extend(
            submission=by, keys=keys, until_text=form.cleaned_data["until"]
        ),
        verb="Extend",
        done="given another end",
        needs_until=True,
    ),
    "now": Decision(
        lambda by, keys, _form: services.end_now(submission=by, keys=keys),
        verb="End now:",
        done="set to end now; each stays listed until it is detached",
        needs_reason=False,
    ),
    "keep": Decision(
        lambda by, keys, _form: services.keep(submission=by, keys=keys), verb="Keep", done="kept"
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.ATTACH)
def decide(request: DeskRequest, decision: str) -> HttpResponse:
    """`attachment` once for each; those that have left meanwhile are passed over."""
    asked = DECISIONS[decision]
    sent = request.POST if request.method == "POST" else request.GET
    keys = [key for key in map(parse_number, sent.getlist("attachment")) if key is not None]
    form = EndForm(
        request.POST if request.method == "POST" else None,
        needs_until=asked.needs_until,
        needs_reason=asked.needs_reason or "detach" in settings.REQUIRE_REASON,
        **until_choices(request),
    )
    if request.method == "POST" and form.is_valid():
        done = _try(request, form, asked, keys)
        if done is not None:
            return _answer(request, done, asked)
    context = {
        "form": form,
        "decision": decision,
        "verb": asked.verb,
        "attachments": selectors.chosen(keys[: services.MAX_AT_ONCE]),
        "review_days": settings.REVIEW_DAYS,
        "back": ours(request, sent.get("next", ""), ""),
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    template = "monitors/_end_here.html" if in_place.place_of(sent) else "monitors/end.html"
    return render(request, template, context, status=status)


def _answer(request: DeskRequest, done: Sequence[Attachment], asked: Decision) -> HttpResponse:
    words, place = _sentence(done, asked), in_place.place_of(request.POST)
    if place is not None:
        again = in_place.rows_anew(request, place, touched.by_keys([each.pk for each in done]))
        return in_place.of_words(request, words, again)
    messages.info(request, words)
    return HttpResponseRedirect(safe_next(request, REVIEW))


def _try(
    request: DeskRequest, form: EndForm, asked: Decision, keys: Sequence[int]
) -> list[Attachment] | None:
    by = Submission(
        actor=request.user, reason=form.cleaned_data["reason"].strip(), request_id=request.request_id
    )
    try:
        return asked.act(by, keys, form)
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


def _sentence(done: Sequence[Attachment], asked: Decision) -> str:
    if not done:
        return "Nothing was changed: none of these customers is on its record any more."
    if len(done) == 1:
        return f"{done[0].customer.username} on {done[0].record.name}: {asked.done}."
    return f"{len(done)} customers: {asked.done}."


@require_safe
@needs(Right.LOOK)
def review(request: DeskRequest) -> HttpResponse:
    now = timezone.now()
    name = request.GET.get("owner", request.user.get_username())
    owner = None if name == NOBODY else _owner(request, name)
    context = {
        "owner": owner,
        "owner_name": name,
        "owners": [person for person in selectors.owners(now) if person.pk != request.user.pk],
        "page": selectors.to_review(owner, after=request.GET.get("after", ""), now=now),
        "soon": selectors.soon_of(request.user, now),
        "overdue": selectors.overdue(now),
        "review_days": settings.REVIEW_DAYS,
    }
    return render(request, "monitors/review.html", context)


def _owner(request: DeskRequest, name: str) -> User:
    return (
        request.user
        if name == request.user.get_username()
        else get_object_or_404(User, username=search_text(name))
    )
