"""Signing in and out, and choosing a password by a one-time link."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import Form
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from monitors.forms import NewPasswordForm
from monitors.services import invitations
from monitors.views.access import DeskRequest
from monitors.views.adapters import NOT_JUDGED


class _SignIn(LoginView):  # type: ignore[misc]
    def get_context_data(self, **options: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**options)
        return context | {"has_sso": bool(settings.OIDC_ISSUER)}

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 429 if form.has_error(NON_FIELD_ERRORS, NOT_JUDGED) else 422
        return response


_sign_in = _SignIn.as_view()


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: DeskRequest) -> HttpResponseBase:
    if request.htmx:  # a fragment asked for after the session ended: the whole page must go to the login
        return HttpResponseClientRefresh()
    answer: HttpResponseBase = _sign_in(request)
    return answer


@login_not_required
@require_POST
def logout(request: DeskRequest) -> HttpResponse:
    auth.logout(request)
    response = redirect("account_login")
    response.delete_cookie(settings.SEEN_COOKIE_NAME)
    # Not "cookies": that would sign people out of every other application on the domain.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def use_link(request: DeskRequest, secret: str) -> HttpResponse:
    """Looking at it uses nothing up: mail programs look at every link."""
    link = invitations.link_of(secret)
    if link is None:
        return render(request, "account/link_over.html", status=410)
    form = NewPasswordForm(request.POST or None, person=link.person)
    if request.method == "POST" and form.is_valid():
        if invitations.use(secret, form.cleaned_data["password"]):
            auth.logout(request)
            messages.info(request, "Your password is set. Sign in with it.")
            return redirect("account_login")
        return render(request, "account/link_over.html", status=410)
    context: dict[str, Any] = {"form": form, "link": link}
    return render(request, "account/link.html", context, status=422 if form.errors else 200)
