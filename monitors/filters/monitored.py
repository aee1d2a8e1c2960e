"""The query string of /monitored/: a moment, and what narrows the table."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet

from monitors.filters.fields import MomentFilter, WholeFilter, is_wide_open, number_in
from monitors.models import Attachment, AuditEvent, MonitorRecord, Role
from monitors.selectors import monitored
from monitors.selectors.text import needle

Attachments = QuerySet[Attachment]
BY = [
    *((role.value, role.value) for role in Role),
    ("outside", "Outside the desk"),
    ("first-list", "Before the first list"),
]


class MonitoredFilter(FilterSet):  # type: ignore[misc]
    """`moment` is the one asked for, now when none was; everything else narrows what was living then."""

    at = MomentFilter(method="leave", label="At")
    record = CharFilter(method="of_record", label="Record", max_length=255)
    customer = CharFilter(method="of_customer", label="Customer", max_length=255)
    domain = CharFilter(method="to_domain", label="Mailbox domain", max_length=255)
    role = ChoiceFilter(method="by_role", label="Put on by", choices=BY, empty_label="Anybody")
    days = WholeFilter(method="longer_than", label="Longer than, days", min_value=1, max_value=36500)
    no_reason = BooleanFilter(method="without_reason", label="Without a reason", widget=forms.CheckboxInput)

    front = ("at", "record", "customer")

    class Meta:
        model = Attachment
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        self.form.fields["at"].label = f"At ({settings.TIME_ZONE})"

    @property
    def is_wide_open(self) -> bool:
        return is_wide_open(self)

    @property
    def moment(self) -> datetime:
        asked: datetime | None = self.form.cleaned_data.get("at") if self.form.is_valid() else None
        return asked or self.now

    def living(self) -> Attachments:
        return self.narrowed(monitored.living(self.moment))

    def narrowed(self, attachments: Attachments) -> Attachments:
        found: Attachments = super().filter_queryset(attachments)
        return found

    def leave(self, attachments: Attachments, _name: str, _value: datetime) -> Attachments:
        return attachments

    def of_record(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        """By its name then or now."""
        number = number_in(value)
        if number is not None:
            return attachments.filter(record=number)
        text = needle(value)
        then = monitored.revisions(self.moment).filter(name__icontains=text)
        named = Q(sort_name__contains=text.casefold()) | Q(pk__in=then.values("record"))
        return attachments.filter(record__in=MonitorRecord.objects.filter(named))

    def of_customer(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        number = number_in(value)
        if number is not None:
            return attachments.filter(customer=number)
        return attachments.filter(customer__sort_name__contains=needle(value).casefold())

    def to_domain(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        there = monitored.revisions(self.moment).filter(email__iendswith=f"@{needle(value).lstrip('@')}")
        return attachments.filter(record__in=there.values("record"))

    def by_role(self, attachments: Attachments, _name: str, value: str) -> Attachments:
        """The role that somebody had when the customer was put on the record."""
        if value == "first-list":
            return attachments.filter(is_baseline=True)
        if value == "outside":
            return attachments.filter(began_by=None, is_baseline=False)
        began = AuditEvent.objects.filter(
            operation_id=OuterRef("began_by"), kind="operation.started", actor_roles__contains=value
        )
        return attachments.filter(Exists(began))

    def longer_than(self, attachments: Attachments, _name: str, value: int) -> Attachments:
        return attachments.filter(since__lt=self.moment - timedelta(days=value))

    def without_reason(self, attachments: Attachments, _name: str, value: bool) -> Attachments:
        return attachments.filter(reason="") if value else attachments
