"""Attachments that operations began, ended or are about: what an open page must show anew of them."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from monitors.models import Attachment, Customer, Operation

MAX_AT_ONCE = 100  # operations that one request asks after
_RELATED = ("record", "customer", "began_by", "ended_by")


def by(operations: Sequence[Operation]) -> list[Attachment]:
    """Of the operations' customers, those that last and those that one of the operations ended.

    By the customers, each of whom is on few records: a record may have half of all attachments.
    """
    usernames = {operation.username for operation in operations if operation.username}
    if not usernames:
        return []
    own = Attachment.objects.filter(customer__in=_customers(usernames))
    lasting_or_ended = Q(detached_at=None) | Q(ended_by__in=[operation.pk for operation in operations])
    return list(own.filter(lasting_or_ended).select_related(*_RELATED))


def by_keys(keys: Iterable[int]) -> list[Attachment]:
    return list(Attachment.objects.filter(pk__in=keys).select_related(*_RELATED))


def _customers(usernames: Iterable[str]) -> QuerySet[Customer, int]:
    return Customer.objects.filter(username__in=usernames).values_list("pk", flat=True)
