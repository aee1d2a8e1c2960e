"""Signing in."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django_htmx.http import HttpResponseClientRefresh

from monitors.forms import SignInForm
from monitors.views.access import DeskRequest
from monitors.views.home import landing


class _SignIn(LoginView):
    authentication_form, redirect_authenticated_user = SignInForm, True

    def get_default_redirect_url(self) -> str:
        return landing(cast(User, self.request.user))


_view = _SignIn.as_view()


@login_not_required
def login(request: DeskRequest) -> HttpResponse:
    if request.htmx:  # a fragment asked for after the session ended: the whole page must go to the login
        return HttpResponseClientRefresh()
    return cast(HttpResponse, _view(request))
