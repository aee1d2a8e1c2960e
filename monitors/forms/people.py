"""Signing in, and the passwords and second factors of oneself."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as PasswordAgain
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from crispy_forms.helper import FormHelper
from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password

PASSKEY_BEGAN_AT = "passkey_began_at"  # in a session: seconds since 1970
RULES = "At least 12 characters. Not a common password, not your name, not digits alone."
MAX_PASSWORD = 1024  # characters; longer ones only cost time
_CURRENT = forms.PasswordInput(attrs={"autocomplete": "current-password"})
_NEW = forms.PasswordInput(attrs={"autocomplete": "new-password"})
_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}


class AccountForm(forms.Form):
    """In the desk's look; `failure` is what the box says on top when something is wrong."""

    failure = "Nothing was changed"
    use_required_attribute = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False


class SignInForm(AccountForm, LoginForm):  # type: ignore[misc]
    username = forms.CharField(
        max_length=150,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username webauthn",
                "autofocus": True,
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    password = forms.CharField(max_length=MAX_PASSWORD, strip=False, widget=_CURRENT)
    failure = "Not signed in"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["login"]
        self.fields["password"] = self.base_fields["password"]
        self.order_fields(["username", "password"])

    def user_credentials(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("username", "password")}

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self.cleaned_data["login"] = self.cleaned_data["username"]
        return super().clean() or {}


class NewPasswordForm(AccountForm):
    """`password` is the new one; `person` is whose."""

    password = forms.CharField(label="New password", max_length=MAX_PASSWORD, strip=False, widget=_NEW)
    again = forms.CharField(label="New password again", max_length=MAX_PASSWORD, strip=False, widget=_NEW)

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        self.fields["password"].help_text = RULES

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError("The two are not the same.")
        return again


class PasswordChangeForm(NewPasswordForm):
    current = forms.CharField(label="Current password", max_length=MAX_PASSWORD, strip=False, widget=_CURRENT)
    field_order = ("current", "password", "again")


class PasswordAgainForm(AccountForm, PasswordAgain):  # type: ignore[misc]
    failure = "Not confirmed"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = forms.CharField(max_length=MAX_PASSWORD, strip=False, widget=_CURRENT)
        field.widget.attrs["autofocus"] = True
        self.fields["password"] = field


class CodeForm(AccountForm, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    failure = "Not signed in"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].widget = forms.TextInput(attrs=_CODE)


class CodeAgainForm(AccountForm, ReauthenticateForm):  # type: ignore[misc]
    failure = "Not confirmed"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].widget = forms.TextInput(attrs=_CODE)


class ActivateAppForm(AccountForm, ActivateTOTPForm):  # type: ignore[misc]
    failure = "Not added"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].label = "Code that the app shows"
        self.fields["code"].widget = forms.TextInput(attrs=_CODE)
