"""Of a template's text, the line ends that would follow one that is there already: tags alone on a line leave them."""

import re
from collections.abc import Callable
from typing import Any

from django.template.base import Node, NodeList, TextNode
from django.template.defaulttags import ForNode, IfNode, LoadNode, WithNode

from monitors.templatetags.once import Anew, Once

_LINE_ENDS = re.compile("\n{2,}")
Nodes = NodeList | list[Any]  # the latter by the stubs of Django


def drop_empty_lines(nodes: Nodes, *, is_at_line_start: bool = False) -> bool:
    """Whether what follows these nodes begins a line for certain, if they do where `is_at_line_start`."""
    for node in nodes:
        drop = _WAYS.get(type(node), _unknown)
        is_at_line_start = drop(node, is_at_line_start)
    nodes[:] = [node for node in nodes if not isinstance(node, TextNode) or node.s]
    return is_at_line_start


def _text(node: TextNode, is_at_line_start: bool) -> bool:
    text = _LINE_ENDS.sub("\n", node.s)
    node.s = text.removeprefix("\n") if is_at_line_start else text
    return node.s.endswith("\n") if node.s else is_at_line_start


def _choice(node: IfNode, is_at_line_start: bool) -> bool:
    ends = [
        drop_empty_lines(branch, is_at_line_start=is_at_line_start) for _, branch in node.conditions_nodelists
    ]
    has_else = any(condition is None for condition, _ in node.conditions_nodelists)
    return all(ends) and (has_else or is_at_line_start)


def _loop(node: ForNode, is_at_line_start: bool) -> bool:
    """A round begins where the one before ended; without any, what follows begins where the loop did."""
    rounds = is_at_line_start and _ends_a_line(node.nodelist_loop)
    is_ended = drop_empty_lines(node.nodelist_loop, is_at_line_start=rounds)
    return drop_empty_lines(node.nodelist_empty, is_at_line_start=is_at_line_start) and is_ended


def _ends_a_line(nodes: Nodes) -> bool:
    return bool(nodes) and isinstance(nodes[-1], TextNode) and nodes[-1].s.endswith("\n")


def _within(name: str) -> Callable[[Any, bool], bool]:
    return lambda node, is_at_line_start: drop_empty_lines(
        getattr(node, name), is_at_line_start=is_at_line_start
    )


def _unknown(node: Node, _: bool) -> bool:
    """What it draws, and where, only it knows."""
    for name in node.child_nodelists:
        drop_empty_lines(getattr(node, name, NodeList()))
    return False


_WAYS: dict[type[Node], Callable[[Any, bool], bool]] = {
    TextNode: _text,
    LoadNode: lambda _, is_at_line_start: is_at_line_start,
    IfNode: _choice,
    ForNode: _loop,
    WithNode: _within("nodelist"),
    Once: _within("body"),
    Anew: _within("body"),
}
