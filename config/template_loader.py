"""Pages as they are sent: without the indentation and the empty lines that templates are written with, libraries' too.

They were a sixth of a log's page, and a tenth when packed. Tags stay where they are, for what an error says.
"""

import re

from django.template import Origin, Template
from django.template.loaders import app_directories, base, cached, filesystem

from config.empty_lines import drop_empty_lines

_AROUND_A_LINE_END = re.compile(r"[ \t]*\n[ \t]*")


class Ours(filesystem.Loader):
    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return _AROUND_A_LINE_END.sub("\n", contents) if origin.name.endswith(".html") else contents


class OfLibraries(Ours, app_directories.Loader):
    pass


class _WithoutEmptyLines(base.Loader):
    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        template = super().get_template(template_name, skip)
        if template.origin.name.endswith(".html"):
            drop_empty_lines(template.nodelist)
        return template


class Cached(cached.Loader, _WithoutEmptyLines):
    """Django's own: a template is looked at once, and then kept."""
