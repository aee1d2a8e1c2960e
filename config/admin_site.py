"""Django's admin, for superusers alone, behind the desk's one sign-in page."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse


class DeskAdminConfig(AdminConfig):
    default_site = "config.admin_site.DeskAdminSite"


class DeskAdminSite(AdminSite):
    """Each page needs a fresh proof of who it is: people and roles are changed here."""

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        from monitors.views.access import fresh  # noqa: PLC0415 - models are loaded only then

        return super().admin_view(fresh(view), cacheable)

    def login(self, request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> Any:
        if request.user.is_authenticated:  # somebody else than a superuser
            return redirect("records")
        return redirect(
            f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', '/admin/')})}"
        )

    def logout(self, _request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("mfa_index")
