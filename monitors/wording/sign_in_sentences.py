"""Events about signing in and about second factors."""

from monitors.models import Kind, SignInStep
from monitors.wording.event_words import EventWords, Sentence
from monitors.wording.operations import Subject
from monitors.wording.text import Strong, Text, compose, strong_name

STEPS = {
    SignInStep.SECOND_FACTOR: " at the second factor",
    SignInStep.SSO_PROVIDER: " by single sign-on: it was broken off",
    SignInStep.SSO_TOKEN: " by single sign-on: what the provider said did not hold",
    SignInStep.SSO_ACCOUNT: " by single sign-on: not allowed here",
}


def _failed(event: EventWords, _: Subject) -> Text:
    """Of one minute; older events are of one attempt each."""
    count = int(event.details.get("count") or 1)
    step, subject = STEPS.get(event.details.get("step", ""), ""), str(event.details.get("subject", ""))
    times = f", {count:,} times within a minute" if count > 1 else ""
    who = compose(", known there as {}", strong_name(subject)) if subject else ""
    return compose("Failed to sign in{}{}{}", step, who, times)


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
