"""One's own account: password, second factors, and where one is signed in."""

import time
from typing import Any

from allauth.account import views as account_views
from allauth.mfa.models import Authenticator
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitors.forms import PasswordChangeForm
from monitors.forms.people import PASSKEY_BEGAN_AT
from monitors.models import SsoRole
from monitors.services import passwords, second_factors, sign_ins, user_sessions
from monitors.views.access import DeskRequest, View, fresh
from monitors.wording.text import plural


def _before_second_factor(view: Any) -> Any:
    """Open to whoever still has to set one up."""
    view.may_precede_second_factor = True
    return view


@_before_second_factor
@require_safe
def security(request: DeskRequest) -> HttpResponse:
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at", "pk"))
    codes = next((row for row in factors if row.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": next((row for row in factors if row.type == Authenticator.Type.TOTP), None),
        "passkeys": [row for row in factors if row.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "must_add": second_factors.is_required_of(request.user)
        and not second_factors.is_shown(request.session, request.user),
        "sessions": list(user_sessions.of(request.user)),
        "this_session": request.session.session_key,
        "sso_roles": list(SsoRole.objects.filter(person=request.user).order_by("role")),
    }
    return render(request, "account/security.html", context)


@_before_second_factor
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: DeskRequest) -> HttpResponse:
    if not request.user.has_usable_password():
        return redirect("mfa_index")
    form = PasswordChangeForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid() and _change(request, form):
        messages.info(request, "Your password is changed. Everywhere else you are signed out.")
        return redirect("mfa_index")
    return render(request, "account/password.html", {"form": form}, status=422 if form.errors else 200)


def _change(request: DeskRequest, form: PasswordChangeForm) -> bool:
    current, new = form.cleaned_data["current"], form.cleaned_data["password"]
    try:
        is_right = passwords.change(request.user, current, new, address=request.client_address)
    except sign_ins.NotJudged as error:
        form.add_error(None, error.sentence)
        return False
    if not is_right:
        form.add_error("current", "This is not your password.")
        return False
    _keep_this_session_alone(request)
    return True


def _keep_this_session_alone(request: DeskRequest) -> None:
    before = request.session.session_key
    auth.update_session_auth_hash(request, request.user)
    request.session.save()
    user_sessions.has_moved(before, request.session.session_key)
    user_sessions.end_all(actor=request.user, person=request.user, but=request.session.session_key)


@require_POST
def end_session(request: DeskRequest) -> HttpResponse:
    """One of one's own, by its number, or all but this one."""
    number = request.POST.get("number", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        count = int(user_sessions.end(actor=request.user, person=request.user, number=int(number)))
    else:
        key = request.session.session_key
        count = user_sessions.end_all(actor=request.user, person=request.user, but=key)
    messages.info(
        request, f"{plural(count, 'session', 'sessions')} ended." if count else "It had ended already."
    )
    return redirect("mfa_index")


@require_safe
def passkeys(_request: DeskRequest) -> HttpResponse:
    """Where allauth leads after a change of them."""
    return redirect("mfa_index")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_passkey(request: DeskRequest) -> HttpResponseBase:
    if request.method == "GET":
        request.session[PASSKEY_BEGAN_AT] = time.time()
    return _mfa("webauthn.views.login_webauthn")(request)


def _mfa(name: str) -> View[...]:
    """A page of allauth.mfa, imported when it is first asked for: passkeys bring 10 MB of cryptography."""

    def page(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = import_string(f"allauth.mfa.{name}")(request, *args, **kwargs)
        return answer

    return page


# allauth's own pages in the desk's look; each change of a second factor needs a fresh proof.
_page = require_http_methods(["GET", "HEAD", "POST"])
enter_code = login_not_required(_page(_mfa("base.views.authenticate")))
confirm_by_password = _before_second_factor(_page(account_views.reauthenticate))
confirm_by_code = _before_second_factor(_page(_mfa("base.views.reauthenticate")))
confirm_by_passkey = _before_second_factor(_page(_mfa("webauthn.views.reauthenticate_webauthn")))
add_app = _before_second_factor(_page(fresh(_mfa("totp.views.activate_totp"))))
remove_app = _page(fresh(_mfa("totp.views.deactivate_totp")))
add_passkey = _before_second_factor(_page(fresh(_mfa("webauthn.views.add_webauthn"))))
remove_passkey = _page(fresh(_mfa("webauthn.views.remove_webauthn")))
view_codes = require_safe(fresh(_mfa("recovery_codes.views.view_recovery_codes")))
renew_codes = _page(fresh(_mfa("recovery_codes.views.generate_recovery_codes")))
