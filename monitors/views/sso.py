"""The addresses of single sign-on by OpenID Connect."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitors.views.access import DeskRequest
from monitors.views.adapters import PROVIDER


@login_not_required
@require_POST
def begin(request: DeskRequest, provider_id: str) -> HttpResponseBase:
    """A page of ours that leads away: the policy lets no form end anywhere else."""
    _must_be_ours(provider_id)
    from monitors.views import provider  # noqa: PLC0415 - 15 MB

    answer = provider.leave(request, provider_id)
    if isinstance(answer, HttpResponseRedirect) and not answer.url.startswith("/"):
        return render(request, "account/leave.html", {"address": answer.url})
    return answer


@login_not_required
@require_safe
def callback(request: DeskRequest, provider_id: str) -> HttpResponseBase:
    _must_be_ours(provider_id)
    from monitors.views import provider  # noqa: PLC0415 - 15 MB

    return provider.come_back(request, provider_id)


@require_http_methods(["GET", "HEAD"])
def confirm(request: DeskRequest) -> HttpResponse:
    """Somebody who has neither password nor second factor here confirms at the provider."""
    return render(request, "account/confirm_sso.html", {"next": request.GET.get("next", "/")})


confirm.may_precede_second_factor = True  # type: ignore[attr-defined]


def _must_be_ours(provider_id: str) -> None:
    if not settings.OIDC_ISSUER or provider_id != PROVIDER:
        raise Http404
