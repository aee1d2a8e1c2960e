"""Who was monitored at a moment: from the moment of attaching on, and no longer at the moment of detaching."""

from datetime import datetime, timedelta

import pytest

from monitors.models import Attachment
from monitors.models.attachment import LASTING, SPANS, span_of
from monitors.services.lists import mirror
from monitors.services.lists.mirror import Cause
from tests.services.rows import a_record, an_attachment, minute

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)


@pytest.fixture(params=[1, 60, 600, 100_000], ids=["a minute", "an hour", "ten hours", "seventy days"])
def ended(request):
    """An attachment of so many minutes."""
    attachment = an_attachment(a_record(), "acme", at=0)
    mirror.close_attachments([(attachment, Cause(at=minute(request.param)))])
    return attachment


def was_monitored(moment):
    return Attachment.objects.lasting_at(moment).exists()


def test_nobody_is_monitored_any_more_at_the_very_moment_of_detaching(ended):
    assert was_monitored(ended.detached_at - INSTANT)
    assert not was_monitored(ended.detached_at)
    assert not was_monitored(ended.detached_at + INSTANT)


def test_a_customer_is_monitored_from_the_very_moment_of_attaching(ended):
    assert not was_monitored(ended.attached_at - INSTANT)
    assert was_monitored(ended.attached_at)


def test_an_attachment_that_was_over_at_once_lasted_at_no_moment():
    attachment = an_attachment(a_record(), "acme", at=0)
    mirror.close_attachments([(attachment, Cause(at=minute(-5)))])

    assert attachment.detached_at == attachment.attached_at
    assert not was_monitored(minute(0))


def test_an_attachment_without_an_end_lasts_from_its_beginning_on():
    an_attachment(a_record(), "acme", at=0)

    assert not was_monitored(minute(0) - INSTANT)
    assert was_monitored(minute(0))
    assert was_monitored(minute(10_000_000))


def test_no_moment_is_too_early_to_be_asked_about(ended):
    assert not was_monitored(datetime.min.replace(tzinfo=minute(0).tzinfo))


@pytest.mark.parametrize(
    ("length", "span"),
    [
        (timedelta(0), 1),
        (SPANS[0], 1),
        (SPANS[0] + INSTANT, 2),
        (SPANS[-1], len(SPANS)),
        (SPANS[-1] * 2, len(SPANS)),
    ],
)
def test_a_length_belongs_to_the_shortest_span_that_holds_it(length, span):
    begin = datetime(1, 1, 1, tzinfo=minute(0).tzinfo)

    assert span_of(begin, begin + length) == span
    assert LASTING not in range(1, len(SPANS) + 1)
