"""Fields that several tasks share, and what they accept."""

import re
import unicodedata
from typing import Any

from crispy_forms.bootstrap import PrependedAppendedText
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator

from monitors.limits import MAX_FREQUENCY, MAX_NAME
from monitors.wording.names import code_of

FREQUENCY_HELP = (
    "One sample for every N messages; a lower number means more mail. Each sample costs one e-mail credit. "
    "1\N{NO-BREAK SPACE}in\N{NO-BREAK SPACE}1 copies every message."
)
_NOT_IN_XML = "\ufffe\uffff"  # XML 1.0, section 2.2; the control characters are refused in any format
PLAIN_INPUT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def check_characters(name: str) -> None:
    for character in name:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise forms.ValidationError(f"A name cannot contain the character {code_of(character)}.")
        if settings.SENDGRID_API_FORMAT == "xml" and character in _NOT_IN_XML:
            raise forms.ValidationError(f"XML cannot carry the character {code_of(character)}.")


def check_edges(name: str) -> None:
    if name != name.strip():
        raise forms.ValidationError("The name begins or ends with a space. Remove it.")


def check_mailbox(email: str) -> None:
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    if domains and email.rpartition("@")[2].lower() not in domains:
        raise forms.ValidationError(f"Samples may only go to mailboxes at {', '.join(domains)}.")


def one_in(frequency: str) -> PrependedAppendedText:
    return PrependedAppendedText(frequency, "1 in", "messages")


class NameField(forms.CharField):
    """A name exactly as typed. No maxlength attribute: browsers count UTF-16 units, the API characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, validators=[MaxLengthValidator(MAX_NAME), check_characters], **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | PLAIN_INPUT


class FrequencyField(forms.IntegerField):
    """N of "one sample in N messages": digits only; int() also takes 1_000 and other scripts' digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_FREQUENCY, help_text=FREQUENCY_HELP, **options)

    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not re.fullmatch(r"\s*[+-]?[0-9]+\s*", str(value)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)
