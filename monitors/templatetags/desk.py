"""The desk's own tags and filters: registers what wording writes, and draws icons."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any
from uuid import UUID, uuid4

from django import template
from django.conf import settings
from django.forms import BoundField
from django.urls import reverse
from django.utils.safestring import SafeString

from monitors.filters import drawn as filter_fields
from monitors.limits import MAX_REASON
from monitors.models import RECORD_TASKS, Effect, Operation
from monitors.models.person import display_name
from monitors.wording import (
    addresses,
    again,
    anomalies,
    changes,
    chips,
    details,
    devices,
    ends,
    estimates,
    events,
    held,
    icons,
    mailboxes,
    names,
    operations,
    outcomes,
    plans,
    states,
    steps,
    tables,
    tickets,
    timeline,
    times,
    trouble,
    undo,
    until,
    who,
    zones,
)

register = template.Library()


@register.simple_tag
def filter_field(filters: Any, field: BoundField, address: str) -> SafeString:
    """A field of the filters of the page at `address`."""
    return filter_fields.drawn(filters, field, address)


def drawn(write: Callable[..., Any]) -> Callable[..., Any]:
    """A sentence as HTML; Django's templates would take it as plain text."""

    @wraps(write)
    def draw(value: Any) -> Any:
        written = write(value)
        return written.__html__() if hasattr(written, "__html__") else written

    return draw


for write in (
    display_name,
    anomalies.anomaly_rule,
    anomalies.anomaly_result,
    changes.last_change,
    changes.since,
    details.details_kept,
    details.owner_link,
    details.tag_links,
    devices.device,
    devices.address,
    estimates.estimated,
    events.event_title,
    events.event_outcome,
    events.event_sentence,
    events.event_line,
    events.event_tone,
    events.event_words,
    events.event_details,
    events.moment,
    ends.ended_by,
    ends.end_reason,
    ends.where_from,
    held.held_change,
    held.held_fields,
    held.would_change,
    mailboxes.mailbox_link,
    mailboxes.mailbox_title,
    names.visible,
    names.visible_lines,
    names.visible_text,
    again.again_address,
    operations.sentence,
    operations.left_for,
    operations.came_from,
    operations.objective,
    operations.operation_title,
    operations.reply,
    plans.change_look,
    plans.change_word,
    plans.effect_explained,
    plans.from_and_to,
    plans.nothing_to_send,
    plans.plan_look,
    plans.plan_source,
    plans.plan_title,
    plans.plan_title_text,
    plans.plan_word,
    plans.run_label,
    plans.until_text,
    outcomes.outcome,
    outcomes.outcome_in_brief,
    outcomes.elsewhere,
    outcomes.next_step,
    outcomes.why,
    states.look,
    states.state_key,
    states.seconds_to_tell,
    states.state_word,
    states.is_under_way,
    states.version,
    states.sample,
    states.refresh_tone,
    states.refresh_word,
    tickets.ticket,
    steps.step_change,
    steps.step_doer,
    tickets.ticket_links,
    times.absolute,
    times.ago,
    times.age,
    times.clock,
    times.exact,
    times.stamp,
    times.full_stamp,
    times.iso,
    times.is_coming,
    trouble.failure_sentence,
    until.until,
    until.until_stamp,
    until.until_asked,
    until.to_decide,
    who.account,
    who.doer,
    who.identity,
    who.who,
):
    register.filter(write.__name__, drawn(write))
register.filter(states.notice_version)
for tag in (
    *(icons.asset, icons.joined, icons.icon, chips.chip, chips.outside_chip),
    *(times.window, times.between, plans.what_happened),
):
    register.simple_tag(tag)


@register.simple_tag(takes_context=True)
def table_classes(context: Any, table: str) -> str:
    """What somebody has put away of a table, as CSS classes."""
    return tables.classes(_put_away(context, table))


@register.simple_tag(takes_context=True)
def table_choice(context: Any, table: str) -> dict[str, Any] | None:
    """The columns of a table as name, label and whether it is shown, and whether its rows stand close.

    None for a table that offers no choice.
    """
    if table not in tables.COLUMNS:
        return None
    put_away = _put_away(context, table)
    columns = tables.COLUMNS[table].items()
    return {
        "columns": tuple((name, label, name not in put_away) for name, label in columns),
        "is_tight": tables.TIGHT in put_away,
    }


def _put_away(context: Any, table: str) -> frozenset[str]:
    return tables.read(context["request"].COOKIES.get(tables.COOKIE, ""))[table]


@register.simple_tag
def zone() -> str:
    """The name of the zone in which moments are read."""
    return zones.current_name()


@register.simple_tag
def typed_zone() -> str:
    """The name of the zone in which a form's moments are typed; nothing where it goes without saying."""
    return "" if zones.is_own() else zones.current_name()


@register.simple_tag(name="zones")
def zone_choices() -> tuple[tuple[str, str, bool], ...]:
    """Zones to choose from, as name, words, and whether it is the one."""
    return tuple((name, words, name == zones.current_name()) for name, words in zones.choices())


@register.simple_tag(takes_context=True)
def timeline_entry(context: Any, entry: Any) -> SafeString:
    """An operation with its Undo, or what no operation explains; whoever may plan can have that put back."""
    may, token = context["frame"].may, str(context["csrf_token"])
    if entry.operation:
        back = undo.of_operation(entry.operation, may=may, token=token, kind="btn-quiet")
        return timeline.operation(entry.operation, is_departure=entry.is_departure, undo=back)
    is_undone = entry.event.source == "outside" and may["plan"]
    page = context["request"].path
    back = undo.of_difference(entry.event, token=token, page=page) if is_undone else SafeString()
    return timeline.difference(entry.event, window_start=entry.window_start, undo=back)


@register.simple_tag(takes_context=True)
def undo_button(context: Any, operation: Operation) -> SafeString:
    return undo.of_operation(operation, may=context["frame"].may, token=str(context["csrf_token"]))


@register.simple_tag(takes_context=True)
def section(context: Any) -> str:
    """Which section of the bar the page belongs to."""
    first = str(context["request"].path_info).split("/")[1]
    return {"": "records", "ends": "review"}.get(first, first)


@register.simple_tag(takes_context=True)
def error_mark(context: Any) -> str:
    """What the title begins with where a form comes back with what is wrong in it."""
    form, filters = context.get("form"), context.get("filters")
    reasons = (
        *(getattr(form, name, None) for name in ("errors", "outcome", "blocking", "trouble")),
        *(filters and filters.form.errors, context.get("problem")),
    )
    return "Error: " if any(reasons) else ""


@register.filter
def effect_look(effect: str) -> states.Look:
    """Of a group of changes; those left out have no effect of their own."""
    return plans.EFFECT_LOOKS[Effect(effect)] if effect in Effect.values else states.Look("mute", "x-lg")


@register.simple_tag
def url(view: str, *keys: object) -> str:
    """In place of Django's own, which looks twenty addresses a page up anew."""
    return _reversed(addresses.prefix(), view, *map(str, keys))


@lru_cache(maxsize=1000)
def _reversed(_prefix: str, view: str, *keys: str) -> str:
    return reverse(view, args=keys)


@register.filter
def changes_record(operation: Operation) -> bool:
    return operation.task in RECORD_TASKS


@register.filter
def initials(name: str) -> str:
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@register.simple_tag
def needs_reason(task: str) -> bool:
    """Whether REQUIRE_REASON asks for one: a button alone is not enough then."""
    return task in settings.REQUIRE_REASON


@register.simple_tag
def max_reason() -> int:
    return MAX_REASON


@register.simple_tag
def new_token() -> UUID:
    """A form's token, which makes a double click one operation."""
    return uuid4()


@register.filter
def lookup(mapping: Mapping[Any, Any], key: object) -> Any:
    """Read a dictionary by a variable key, which Django's templates cannot."""
    return mapping.get(key)
