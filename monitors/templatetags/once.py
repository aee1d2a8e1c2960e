"""`{% once a=… b=… %}…{% endonce %}`: drawn once for the values that it names, and for every request only what stands
in `{% anew %}…{% endanew %}` (docs/decisions/0021-drawn-once.md).

Nothing but these values can be seen in it, so that no page shows what belongs to another person or request: what was
forgotten is missing for everybody, and a tag that asks for the request fails.
"""

import re
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.safestring import SafeString

from monitors.remembered import Remembered
from monitors.wording import addresses

MAX_VARIANTS = 200  # of one place in a template
_GAPS = "gaps"
_MARK = "\x00{}\x00"  # no page holds this character
_MARKED = re.compile("\x00([0-9]+)\x00")
Parts = list[str | NodeList]

register = template.Library()


class Once(Node):
    child_nodelists = ("body",)

    def __init__(self, named: dict[str, FilterExpression], body: NodeList) -> None:
        self.named, self.body = named, body
        self.drawn: Remembered[Parts] = Remembered(MAX_VARIANTS)

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.named.items()}
        if _GAPS in context:  # within another one, which keeps it
            with context.push(**values):
                return self.body.render(context)
        parts = self._parts(context, values)
        return SafeString(
            "".join([part if isinstance(part, str) else part.render(context) for part in parts])
        )

    def _parts(self, context: Context, values: dict[str, Any]) -> Parts:
        # With their types: a text that is HTML already equals one that is not.
        key = (addresses.prefix(), *values.values(), *map(type, values.values()))
        return self.drawn.of(key, lambda: self._draw(context, values))

    def _draw(self, context: Context, values: dict[str, Any]) -> Parts:
        gaps: list[NodeList] = []
        alone = Context(values | {_GAPS: gaps}, autoescape=context.autoescape)
        assert context.template is not None  # a page is being drawn
        with alone.bind_template(context.template):
            pieces = _MARKED.split(self.body.render(alone))
        return [gaps[int(piece)] if place % 2 else piece for place, piece in enumerate(pieces)]


class Anew(Node):
    """Within `once`: what the page gives is seen in it again."""

    child_nodelists = ("body",)

    def __init__(self, body: NodeList) -> None:
        self.body = body

    def render(self, context: Context) -> SafeString:
        if _GAPS not in context:
            return self.body.render(context)
        gaps = context[_GAPS]
        gaps.append(self.body)
        return SafeString(_MARK.format(len(gaps) - 1))


@register.tag
def once(parser: Parser, token: Token) -> Once:
    _, *bits = token.split_contents()
    named = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"once takes name=value, not {bits[0]}")
    body = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(named, body)


@register.tag
def anew(parser: Parser, _token: Token) -> Anew:
    body = parser.parse(("endanew",))
    parser.delete_first_token()
    return Anew(body)
