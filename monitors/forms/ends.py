"""Deciding about ends: why, and for another end until when."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms

from monitors.forms.until import UntilField, offer
from monitors.limits import MAX_REASON


class EndForm(forms.Form):
    """`needs_until` for another end; a reason is needed for everything but an end now."""

    reason = forms.CharField(
        label="Reason or ticket", required=False, max_length=MAX_REASON, help_text="Kept in the history."
    )
    until = UntilField()

    def __init__(
        self,
        *args: Any,
        needs_until: bool,
        needs_reason: bool,
        default_until: str,
        is_endless_allowed: bool,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = needs_reason
        if needs_reason:
            self.fields["reason"].help_text = "Kept in the history. Required here."
        self.fields["reason"].widget.attrs["autofocus"] = True
        self.fields["until"].widget.help = "Hours count from now; days end at {}."
        offer(self, default_until, is_endless_allowed=is_endless_allowed)
        self.helper = FormHelper()
        self.helper.form_tag = False
        fields: list[Any] = [Div("until", css_class="until-row")] if needs_until else []
        self.helper.layout = Layout(*fields, "reason")
        if not needs_until:
            del self.fields["until"]
