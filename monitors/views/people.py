"""Who may come in: the accounts, one account, and every change of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitors.forms import InviteForm, PersonForm, RolesForm
from monitors.models import Right, Role
from monitors.models.person import display_name
from monitors.selectors import people as selectors
from monitors.selectors.people import Account
from monitors.services import accounts
from monitors.services.errors import Invalid
from monitors.views import listing
from monitors.views.access import DeskRequest, fresh, needs, or_404
from monitors.views.answers import UNPROCESSABLE

COLUMNS = (("name", "Name", ""), ("", "Roles", ""), ("", "Second factor", ""), ("seen", "Last seen", ""))
NAMES = ("first_name", "last_name", "email")
# What needs no form, and what is said afterwards.
_ACTIONS: dict[str, tuple[Callable[..., object], str]] = {
    "deactivate": (accounts.deactivate, "{} may not sign in any more and is signed out everywhere."),
    "reactivate": (accounts.reactivate, "{} may sign in again."),
    "end-sessions": (accounts.end_sessions, "{} is signed out everywhere."),
    "forget-factor": (accounts.forget_second_factor, "{} has no second factor any more, and is signed out."),
}


@require_safe
@needs(Right.GOVERN)
def people(request: DeskRequest) -> HttpResponse:
    query = listing.list_query(request, default_sort="name")
    counts = selectors.counts(query.text)
    results = selectors.page(choice=query.filter, text=query.text, sort=query.sort, number=query.page)
    labels = {"": "May sign in"} | {role.key: role.value for role in Role}
    labels |= {selectors.NO_ROLE: "No role", selectors.DEACTIVATED: "Deactivated"}
    chips = [(value, label, counts[value]) for value, label in labels.items()]
    context = {
        "query": query,
        "page": results.page,
        "accounts": selectors.accounts(results.rows),
        "heads": listing.heads(query, *COLUMNS),
        "choices": listing.choices(query, *chips),
        "active": counts[""],
    }
    return render(request, "monitors/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.GOVERN)
@fresh
def invite(request: DeskRequest) -> HttpResponse:
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with _refusal_in(form):
            return _link_page(request, _add(request, form))
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "monitors/invite.html", {"form": form}, status=status)


@require_safe
@needs(Right.GOVERN)
def person(request: DeskRequest, person_id: int) -> HttpResponse:
    return _page(request, or_404(selectors.get(person_id)))


@require_POST
@needs(Right.GOVERN)
@fresh
def change(request: DeskRequest, person_id: int) -> HttpResponse:
    account, form = or_404(selectors.get(person_id)), PersonForm(request.POST)
    if form.is_valid():
        with _refusal_in(form):
            names = {name: form.cleaned_data[name] for name in NAMES}
            accounts.change(actor=request.user, person=account.person, **names)
            return _saved(request, account)
    return _page(request, account, form=form)


@require_POST
@needs(Right.GOVERN)
@fresh
def set_roles(request: DeskRequest, person_id: int) -> HttpResponse:
    account = or_404(selectors.get(person_id))
    form = RolesForm(request.POST, elsewhere=account.sso_roles)
    if form.is_valid():
        with _refusal_in(form):
            accounts.set_roles(actor=request.user, person=account.person, roles=form.chosen())
            return _saved(request, account)
    return _page(request, account, form=form)


@require_POST
@needs(Right.GOVERN)
@fresh
def make_link(request: DeskRequest, person_id: int) -> HttpResponse:
    account = or_404(selectors.get(person_id))
    try:
        return _link_page(request, account.person)
    except Invalid as error:
        return _page(request, account, problem=error.message)


@require_POST
@needs(Right.GOVERN)
@fresh
def act(request: DeskRequest, person_id: int, action: str) -> HttpResponse:
    """What needs no form."""
    account = or_404(selectors.get(person_id))
    do, sentence = _ACTIONS[action]
    try:
        do(actor=request.user, person=account.person)
    except Invalid as error:
        return _page(request, account, problem=error.message)
    messages.info(request, sentence.format(display_name(account.person)))
    return redirect("person", person_id)


def _link_page(request: DeskRequest, person: User) -> HttpResponse:
    """The link itself, the only time that anybody sees it, or where it was sent."""
    delivery = accounts.make_link(actor=request.user, person=person)
    return render(request, "monitors/person_link.html", {"person": person, "delivery": delivery})


def _add(request: DeskRequest, form: InviteForm) -> User:
    names = {name: form.cleaned_data[name] for name in ("username", *NAMES)}
    return accounts.add(actor=request.user, roles=form.chosen(), **names)


@contextmanager
def _refusal_in(form: InviteForm | PersonForm | RolesForm) -> Iterator[None]:
    """What a service refuses within the block stands in the form."""
    try:
        yield
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)


def _saved(request: DeskRequest, account: Account) -> HttpResponse:
    messages.info(request, f"The account of {display_name(account.person)} is saved.")
    return redirect("person", account.person.pk)


def _page(
    request: DeskRequest, account: Account, *, form: PersonForm | RolesForm | None = None, problem: str = ""
) -> HttpResponse:
    person = account.person
    names = {name: getattr(person, name) for name in NAMES}
    context = {
        "account": account,
        "person": person,
        "is_self": person.pk == request.user.pk,
        "is_beyond": person.is_superuser and not request.user.is_superuser,
        "form": form if isinstance(form, PersonForm) else PersonForm(initial=names),
        "roles_form": form
        if isinstance(form, RolesForm)
        else RolesForm(initial={"roles": [role.key for role in account.roles]}, elsewhere=account.sso_roles),
        "events": selectors.events_about(person),
        "problem": problem,
    }
    status = UNPROCESSABLE if form or problem else 200
    return render(request, "monitors/person.html", context, status=status)
