"""The desk's pages as they are sent: without the indentation that templates are written with.

It was a thirteenth of a record's page when packed. Lines stay where they are, for what an error says of them.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

_AROUND_A_LINE_END = re.compile(r"[ \t]*\n[ \t]*")


class Loader(filesystem.Loader):
    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return _AROUND_A_LINE_END.sub("\n", contents) if origin.name.endswith(".html") else contents
