"""Why a write would probably not get through now, said before it is sent."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from monitors.models import Failure, Mirror, Throttle
from monitors.wording.text import Quoted, Text, compose, plural, sentence
from monitors.wording.times import age, clock, exact

SILENT_AFTER = timedelta(minutes=1)  # one list that did not come is no trouble yet
_IN_ITS_WORDS = (Failure.CREDENTIALS, Failure.REFUSED, Failure.LIMITED)


def trouble(mirror: Mirror, throttle: Throttle) -> Text:
    """Empty where nothing speaks against it."""
    now = timezone.now()
    since = mirror.failing_since
    if since is not None and mirror.failure_kind == Failure.CREDENTIALS:
        text = "SendGrid has refused the desk's own user and key since {}. An administrator must check them."
        return compose(text, clock(since))
    if throttle.paused_until is not None and throttle.is_paused(now):
        text = "SendGrid asked for a pause until {}. This would wait until then, for {} s at most."
        return compose(text, exact(throttle.paused_until), f"{settings.SEND_WITHIN:g}")
    if since is not None and mirror.failure_kind == Failure.SILENT and now - since > SILENT_AFTER:
        return compose("SendGrid has not answered for {}.", age(since))
    if throttle.broken_until is not None:
        return compose("SendGrid did not answer {} in a row.", plural(throttle.failures, "time", "times"))
    return Text()


def failure_sentence(mirror: Mirror) -> Text:
    """What came instead of the newest list; what SendGrid said itself is quoted."""
    if mirror.failure_kind in _IN_ITS_WORDS:
        return compose("SendGrid said {}.", Quoted(mirror.failure))
    return compose("{}", sentence(mirror.failure))
