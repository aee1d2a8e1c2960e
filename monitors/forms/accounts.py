"""The forms by which administrators keep accounts."""

from collections.abc import Collection
from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.html import format_html

from monitors.forms.fields import PLAIN_INPUT
from monitors.models import Role
from monitors.models.role import BY_KEY
from monitors.wording.roles import may_do

MAX_PART = 150  # Django's own column


def role_choices(*, without: Collection[Role]) -> list[tuple[str, Any]]:
    """The roles with what each may do, the most powerful last."""
    return [
        (role.key, format_html("{} <small>{}</small>", role.value, may_do(role)))
        for role in reversed(Role)
        if role not in without
    ]


class PersonForm(forms.Form):
    """What somebody is called, and where e-mail reaches them."""

    first_name = forms.CharField(label="First name", max_length=MAX_PART, required=False)
    last_name = forms.CharField(label="Last name", max_length=MAX_PART, required=False)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs |= PLAIN_INPUT
        self.helper = FormHelper()
        self.helper.form_tag = False


class RolesForm(forms.Form):
    """`elsewhere`: roles that are given and taken by single sign-on alone."""

    roles = forms.MultipleChoiceField(label="Roles", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, elsewhere: Collection[Role] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.MultipleChoiceField, self.fields["roles"]).choices = role_choices(without=elsewhere)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def chosen(self) -> list[Role]:
        return [BY_KEY[key] for key in self.cleaned_data["roles"]]


class InviteForm(RolesForm, PersonForm):
    username = forms.CharField(
        label="Username",
        max_length=150,
        help_text="Used to sign in, and shown in the log for ever. It cannot be changed later.",
    )
    field_order = ("username", "first_name", "last_name", "email", "roles")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].widget.attrs |= PLAIN_INPUT | {"autofocus": True}
        self.fields["roles"].help_text = "Without a role, somebody can sign in but sees nothing."
