"""Accounts in Django's admin, for superusers: whoever governs stays, so that somebody always does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from monitors.services import writers_lock

OWN_ACCOUNT = "Nobody takes this from their own account. Ask another superuser."


class _AccountForm(UserChangeForm):  # type: ignore[type-arg]
    actor_id: int | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.instance.pk == self.actor_id:
            for name in ("is_active", "is_superuser", "is_staff"):
                if not cleaned.get(name, True):
                    self.add_error(name, ValidationError(OWN_ACCOUNT))
        return cleaned


class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    form = _AccountForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **options)
        form.actor_id = request.user.pk
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        with _still_a_superuser(request):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with _still_a_superuser(request):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with _still_a_superuser(request):
            super().delete_queryset(request, queryset)


@contextmanager
def _still_a_superuser(request: HttpRequest) -> Iterator[None]:
    """One change at a time, so that two cannot take each other's right at one moment."""
    if request.method != "POST":
        yield
        return
    with transaction.atomic():
        writers_lock.take()
        if not User.objects.filter(pk=request.user.pk or 0, is_active=True, is_superuser=True).exists():
            raise PermissionDenied
        yield
