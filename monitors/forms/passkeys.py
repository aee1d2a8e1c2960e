"""Passkeys. Only the settings name these forms: whoever imports them imports 10 MB of cryptography."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, LoginWebAuthnForm

from monitors.forms.people import PASSKEY_BEGAN_AT, AccountForm


class AddPasskeyForm(AccountForm, AddWebAuthnForm):  # type: ignore[misc]
    failure = "Not added"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].widget.attrs |= {"maxlength": 60}
        self.fields["name"].help_text = "Where it is kept, so that you know it again: “work laptop”."
        self.fields["passwordless"].label = "Sign in with it alone, without the password"
        self.fields["passwordless"].help_text = "The device asks for its own PIN, finger or face then."
        self.fields["passwordless"].initial = True


class PasskeySignInForm(LoginWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Authenticator:
        """What a visitor must answer stands in their own cookie: the same answer must not be taken twice."""
        began_at = context.request.session.get(PASSKEY_BEGAN_AT, 0.0)
        passkey: Authenticator = super().clean_credential()
        if passkey.last_used_at and passkey.last_used_at.timestamp() >= began_at:
            raise get_adapter().validation_error("incorrect_code")
        return passkey
