"""Events about signing in and about second factors."""

from monitors.models import Kind, SignInStep
from monitors.wording.event_words import EventWords, Sentence
from monitors.wording.operations import Subject
from monitors.wording.text import Strong, Text, compose, strong_name


def _failed(event: EventWords, _: Subject) -> Text:
    """Of one minute; older events are of one attempt each."""
    count = int(event.details.get("count") or 1)
    step = " at the second factor" if event.details.get("step") == SignInStep.SECOND_FACTOR else ""
    return compose("Failed to sign in{}{}", step, f", {count:,} times within a minute" if count > 1 else "")


def _link_made(event: EventWords, _: Subject) -> Text:
    what = "an invitation" if event.details.get("invitation") else "a link for a new password"
    return compose("Made {} for {}", what, _person(event))


def _second_factor(event: EventWords, _: Subject) -> Text:
    change, what = (str(event.details.get(key, "")) for key in ("change", "what"))
    return compose("{} the {} of {}", change.capitalize(), what, _person(event))


def _person(event: EventWords) -> Strong:
    return strong_name(str(event.details.get("person", "")))


SENTENCES: dict[str, Sentence] = {
    Kind.SIGN_IN_FAILED: _failed,
    Kind.LINK_MADE: _link_made,
    Kind.SECOND_FACTOR: _second_factor,
}
