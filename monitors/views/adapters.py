"""Where the desk differs from allauth: limits of its own, addresses of its own, secrets encrypted, no sign-up."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from monitors.services import sign_ins
from monitors.views.home import landing

NOT_JUDGED = "not judged"
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing listens there: a connection by a socket file has no address


SENTENCES = {
    "mfa/messages/totp_activated.txt": "The authenticator app is added.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is removed.",
    "mfa/messages/webauthn_added.txt": "The passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "Wrong name or password.",
        "incorrect_password": "Wrong password.",
        "incorrect_code": "Wrong code. Wait for the next one, and look whether the clock of your device is right.",
        "too_many_login_attempts": "Too many wrong codes. Wait five minutes.",
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        username, password = str(credentials["username"]), str(credentials["password"])
        try:
            return sign_ins.by_password(username, password, address=self._address_of(request))
        except sign_ins.NotJudged as error:
            raise ValidationError(error.sentence, code=NOT_JUDGED) from error

    def reauthenticate(self, user: User, password: str) -> bool:
        found = self.authenticate(self.request, username=user.get_username(), password=password)
        return found is not None and found.pk == user.pk

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session.save()  # under the key that the list of sessions holds

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return self._address_of(request) or UNKNOWN_ADDRESS

    def is_safe_url(self, url: str) -> bool:
        """Of this very host: whatever else ALLOWED_HOSTS names may be another application."""
        hosts = {self.request.get_host()}
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts=hosts, require_https=self.request.is_secure()
        )

    def respond_user_inactive(self, request: HttpRequest, _user: User) -> HttpResponse:
        clear_login(request)
        messages.info(request, "This account may not sign in any more.")
        return HttpResponseRedirect(reverse("account_login"))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        assert isinstance(request.user, User)
        return landing(request.user)

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        return reverse("mfa_index")

    def send_mail(self, *_args: Any, **_options: Any) -> None:
        """The desk writes its own messages."""

    def add_message(self, request: HttpRequest, level: int, *args: Any, **options: Any) -> None:
        """In the desk's own words, and nothing where it has none."""
        template = args[0] if args else options.get("message_template")
        sentence = options.get("message") or SENTENCES.get(str(template))
        if sentence:
            messages.add_message(request, level, sentence)

    def _address_of(self, request: HttpRequest) -> str | None:
        address: str | None = getattr(request, "client_address", None)
        return address


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are encrypted with SECRET_KEY; those under a former key (SECRET_KEY_FALLBACKS) are still read."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, _user: User, _type: Any) -> str:
        return "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host that the keys belong to: the one in the address bar."""
        from allauth.core import context  # noqa: PLC0415

        host = urlsplit(f"//{context.request.get_host()}").hostname or ""
        return {"id": host, "name": "Monitor Desk"}


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    return hashlib.sha256(b"desk.second-factor:" + key.encode()).digest()
