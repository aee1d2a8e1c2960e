"""The query string of /monitored/ with two moments: from, to, and what narrows the comparison."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import CharFilter

from monitors.filters.fields import Filters, MomentFilter, parse_key, query_parameters
from monitors.limits import MAX_NAME
from monitors.models import Attachment, MonitorRecord
from monitors.selectors import monitored
from monitors.selectors.comparing import Span
from monitors.selectors.text import search_text
from monitors.wording import zones

Attachments = QuerySet[Attachment]
ORDER = "The first moment is not before the second."
# `from` is a word of the language.
_Moments: type[Filters] = type(
    "_Moments",
    (Filters,),
    {
        "from": MomentFilter(method="unchanged", label="From", required=True),
        "to": MomentFilter(method="unchanged", label="To (empty: now)"),
    },
)


class CompareFilter(_Moments):  # type: ignore[misc, valid-type]
    record = CharFilter(method="unchanged", label="Record", max_length=MAX_NAME)
    customer = CharFilter(method="unchanged", label="Customer", max_length=MAX_NAME)

    always_shown = ("from", "to", "record", "customer")

    class Meta:
        model = Attachment
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        for name in ("from", "to"):
            field = self.form.fields[name]
            field.label = f"{field.label} ({zones.current_name()})"

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        if self.start >= self.end:
            self.form.add_error("from", ValidationError(ORDER))
        return not self.form.errors

    @property
    def start(self) -> datetime:
        start: datetime = self.form.cleaned_data["from"]
        return start

    @property
    def end(self) -> datetime:
        return self.form.cleaned_data["to"] or self.now

    @property
    def parameters(self) -> dict[str, str]:
        """Of this very comparison, also when `to` was left empty."""
        return query_parameters(self, **{"from": self.start.isoformat(), "to": self.end.isoformat()})

    def span(self) -> Span:
        return Span(self.start, self.end, self._narrow, self._of_records())

    def unchanged(self, rows: Attachments, _name: str, _value: object) -> Attachments:
        return rows

    def _narrow(self, rows: Attachments) -> Attachments:
        record, customer = (self.form.cleaned_data[name] for name in ("record", "customer"))
        if record:
            key = parse_key(record)
            rows = rows.filter(record=key) if key else rows.filter(record__in=self._records(record))
        if customer:
            key = parse_key(customer)
            text = search_text(customer).casefold()
            rows = rows.filter(customer=key) if key else rows.filter(customer__sort_name__contains=text)
        return rows

    def _of_records(self) -> Q:
        record, customer = (self.form.cleaned_data[name] for name in ("record", "customer"))
        if customer:  # nothing that is asked of a customer is about a record's own name
            return Q(pk__in=[])
        if not record:
            return Q()
        key = parse_key(record)
        return Q(record=key) if key else Q(record__in=self._records(record))

    def _records(self, name: str) -> QuerySet[MonitorRecord]:
        """By a name at the end or now."""
        text = search_text(name)
        then = monitored.revisions(self.end).filter(name__icontains=text)
        return MonitorRecord.objects.filter(
            Q(sort_name__contains=text.casefold()) | Q(pk__in=then.values("record"))
        )
