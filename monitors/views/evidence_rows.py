"""The rows of *Monitored* and *Audit*, each written at once, like those of `rows`."""

from collections.abc import Iterable, Iterator
from html import escape

from django.utils.safestring import SafeString, mark_safe

from monitors.models import Kind
from monitors.selectors.event_rows import EventRow
from monitors.selectors.monitored_rows import MonitoredRow
from monitors.views import doers
from monitors.wording import ends, events, names, states, tickets, times, until, who
from monitors.wording.addresses import address
from monitors.wording.mailboxes import mailbox_link
from monitors.wording.text import Link, Part, Text, compose, html, join

# Sort, label and CSS class of the columns of *Monitored*.
COLUMNS = (
    ("customer", "Customer", "c-name"),
    ("record", "Record", "c-rec"),
    ("", "Mailbox", "c-mail"),
    ("", "Sample", "num c-sample"),
    ("since", "Since", "c-since"),
    ("", "By", "c-by"),
    ("", "Reason", "c-why"),
    ("", "Until", "c-until"),
)

_UNKNOWN = mark_safe('<span class="mute">unknown</span>')
_NOT_KNOWN = mark_safe('<span class="mute" title="not known">–</span>')
_OUTSIDE = mark_safe('<span class="mute nowrap">outside the desk</span>')
_NO_REASON = mark_safe('<span class="mute" title="no reason">–</span>')
_ONGOING = mark_safe('<span class="mute ongoing">ongoing</span>')
_DESK = mark_safe('<span class="nowrap">Monitor Desk</span>')


_BOX = (
    '<td class="pick"><input type="checkbox" class="form-check-input" form="picks" name="attachment" value="{key}" '
    'aria-label="Choose {customer} on {record}"></td>'
)
_MONITORED = (
    '<tr data-customer="{username}" data-record-id="{record_key}" data-attachment="{key}">{box}'
    '<td class="c-name"><a class="name" href="{customer_address}">{customer}</a></td>'
    '<td class="c-rec"><a href="{record_address}">{record}</a>{name_now}</td>'
    '<td class="sec c-mail"><span class="on-card">{record} · </span>{mailbox}</td>'
    '<td class="num c-sample" data-label="Sample">{sample}</td>'
    '<td class="sec c-since" data-label="Since">{since}</td>'
    '<td class="sec c-by{no_by}" data-label="By">{by}</td>'
    '<td class="sec c-why{no_reason}" data-label="Reason">{reason}</td>'
    '<td class="sec c-until" data-label="Until">{until}</td></tr>'
)
_EVENT = (
    '<tr data-event="{key}" data-kind="{kind}"{operation}>'
    '<td class="num c-number" data-label="No."><a class="name" href="{address}">{key:,}</a></td>'
    '<td class="sec c-when">{at}</td><td class="sec c-by">{actor}</td><td class="c-what">{line}{remarks}</td>'
    '<td class="sec c-state">{outcome}</td></tr>'
)


def of_monitored(rows: Iterable[MonitoredRow], *, has_boxes: bool = False) -> SafeString:
    """`has_boxes`: each begins with a box that chooses it."""
    return SafeString("".join(_monitored(row, has_boxes) for row in rows))


def _monitored(row: MonitoredRow, has_boxes: bool) -> str:
    attachment = row.attachment
    username = attachment.customer__username
    return _MONITORED.format(
        username=escape(username),
        customer_address=address("customer", attachment.customer_id),
        customer=names.visible(username),
        key=row.pk,
        box=_box(row) if has_boxes else "",
        record_key=attachment.record_id,
        record_address=address("record", attachment.record_id),
        record=names.visible(row.record_name),
        name_now=_small(f"now {names.visible(attachment.record__name)}") if row.is_renamed else "",
        mailbox=_mailbox(row),
        sample=states.sample(row.revision[2]).__html__() if row.revision else _UNKNOWN,
        since=_since(row),
        by=_by(row),
        no_by=_class_of_none(attachment.began_by_id is None and attachment.is_baseline),
        reason=html(tickets.ticket_links(attachment.reason)) if attachment.reason else _NO_REASON,
        no_reason=_class_of_none(not attachment.reason),
        until=_until(row),
    )


def _class_of_none(has_nothing: bool) -> str:
    return " none" if has_nothing else ""


def _small(words: str) -> str:
    return f" <small>{words}</small>"


def _box(row: MonitoredRow) -> str:
    attachment = row.attachment
    return _BOX.format(
        key=row.pk,
        customer=escape(names.visible_text(attachment.customer__username)),
        record=escape(names.visible_text(row.record_name)),
    )


def _mailbox(row: MonitoredRow) -> str:
    return mailbox_link(row.revision[1]) if row.revision else _UNKNOWN


def _since(row: MonitoredRow) -> str:
    attachment = row.attachment
    if attachment.is_baseline:
        return times.FirstList(attachment.since).__html__()
    return html(times.window(attachment.attached_after, attachment.since))


def _by(row: MonitoredRow) -> str:
    attachment = row.attachment
    if attachment.began_by_id is None:
        return _NOT_KNOWN if attachment.is_baseline else _OUTSIDE
    return _with_roles(doers.began_by(row), row.began_roles)


def _until(row: MonitoredRow) -> str:
    attachment = row.attachment
    if attachment.detached_at is None:
        words, kind = ("until {}", "set") if attachment.expires_at else ("{}", "open")
        end = compose(words, until.until_stamp(attachment))
        return f'{_ONGOING} <small class="{kind}">{html(end)}</small>'
    moment = times.window(attachment.detached_after, attachment.detached_at)
    return f"{html(moment)} <small>{html(_who_ended_it(row))}</small>"


def _who_ended_it(row: MonitoredRow) -> Part:
    who_ended, reason = _ended_by(row), row.attachment.ended_by__reason
    return compose("{} · {}", who_ended, tickets.ticket_links(reason)) if reason else who_ended


def _ended_by(row: MonitoredRow) -> Text:
    attachment = row.attachment
    task, source = attachment.ended_by__task, attachment.ended_by__source
    if task is None or source is None:
        return ends.ended_outside(is_doubtful=row.has_doubtful_end)
    record_name = attachment.ended_by__record_name or ""
    return ends.ended_here(task, source, record_name, by=doers.ended_by(row))


def of_events(rows: Iterable[EventRow]) -> SafeString:
    return SafeString("".join(map(_event, rows)))


def _event(event: EventRow) -> str:
    line = html(events.event_line(event))
    remarks, outcome = _remarks(event, line), events.event_outcome(event)
    return _EVENT.format(
        key=event.number,
        kind=escape(event.kind),
        operation=f' data-operation="{event.operation_id}"' if event.operation_id else "",
        address=address("audit_event", event.number),
        at=html(times.full_stamp(event.at)),
        actor=_actor(event),
        line=line,
        remarks=_small(remarks) if remarks else "",
        outcome=f'<span class="chip {events.event_tone(event)}">{escape(outcome)}</span>' if outcome else "",
    )


def _actor(event: EventRow) -> str:
    if event.actor_name:
        return _with_roles(names.visible(event.actor_name), who.account(event))
    if event.source == "outside" or event.kind == Kind.DIFFERENCE:
        return f'<span class="mute nowrap">{html(ends.where_from(event))}</span>'
    return _DESK


def _with_roles(who: Part, roles: Text | str) -> str:
    beside = f' <small class="nowrap">{html(roles)}</small>' if roles else ""
    return f"{html(who)}{beside}"


def _remarks(event: EventRow, line: str) -> str:
    """What stands below the sentence."""
    return html(join(" · ", _remarks_of(event, line)))


def _remarks_of(event: EventRow, line: str) -> Iterator[Part]:
    title, quoted, window = (
        events.event_title(event),
        events.event_words(event),
        event.details.get("window") or {},
    )
    if not line.startswith(title):
        yield title
    if event.reason:
        yield tickets.ticket_links(event.reason)
    if quoted:
        yield compose("SendGrid said {}", quoted)
    if event.details.get("note"):
        yield names.visible_lines(str(event.details["note"]))
    if window.get("after"):
        yield times.window(events.moment(window["after"]), events.moment(window["at"]))
    if event.operation_id:
        yield Link(address("operation", event.operation_id), "operation")
    if event.refresh_id:
        yield Link(address("refreshed", event.refresh_id), f"list no. {event.refresh_id:,}")
