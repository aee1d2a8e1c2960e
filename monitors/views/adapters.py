"""Where the desk differs from allauth: limits of its own, addresses of its own, secrets encrypted, no sign-up."""

import hashlib
import logging
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from monitors.models import SOMEBODY_UNKNOWN, SignInStep
from monitors.services import failed_sign_ins, second_factors, sign_ins, sso
from monitors.services.sessions import SSO_PROVEN_AT
from monitors.views.home import landing

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

NOT_JUDGED = "not judged"
PROVIDER = "sso"  # how allauth and the addresses call the one provider
NO_SSO = "Single sign-on did not work. Try again; administrators find the reason in the log."
CANCELLED = "Single sign-on was cancelled."
NOT_WELCOME = "Single sign-on knows you, but you have no account here. Ask an administrator."
logger = logging.getLogger(__name__)
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

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        answer: HttpResponse = super().post_login(request, user, **options)
        sociallogin = (options.get("signal_kwargs") or {}).get("sociallogin")
        if sociallogin is not None:
            _take_over(request, user, sociallogin.account.extra_data["id_token"])
        return answer

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Single sign-on where there is neither a password nor a second factor."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not methods and SocialAccount.objects.filter(user_id=user.pk, provider=PROVIDER).exists():
            methods = [{"id": "sso", "description": "Single sign-on", "url": reverse("confirm_sso")}]
        return methods

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


def _take_over(request: HttpRequest, user: User, claims: dict[str, Any]) -> None:
    """What the provider says of how somebody was asked, and when."""
    request.session[SSO_PROVEN_AT] = claims.get("auth_time", 0)
    if sso.used_second_factor(claims):
        second_factors.show(request.session, user)


class SsoAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """By the environment alone: nothing of it stands in the database but who is whom."""

    def list_apps(
        self, _request: Any, provider: str | None = None, client_id: str | None = None
    ) -> list[Any]:
        apps = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for each in apps.values() for app in each]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        claims = sociallogin.account.extra_data["id_token"]
        if not sociallogin.is_existing:
            try:
                sociallogin.connect(request, sso.person_of(claims))
            except sso.NotWelcome as error:
                _count_failure(request, SignInStep.SSO_ACCOUNT, subject=str(claims["sub"]))
                raise ImmediateHttpResponse(_turned_away(request, NOT_WELCOME)) from error
        if not sociallogin.user.is_active:
            _count_failure(request, SignInStep.SSO_ACCOUNT, account=sociallogin.user.pk)
        sso.give_roles(sociallogin.user, claims)

    def on_authentication_error(self, request: HttpRequest, _provider: Any, **what: Any) -> None:
        """What went wrong is for the log: it may be somebody's attempt."""
        from monitors.views.provider import UntrueToken  # noqa: PLC0415 - only where there is single sign-on

        error, exception = what.get("error"), what.get("exception")
        logger.warning("single sign-on failed: %s %s", error, exception or "")
        is_token = isinstance(exception, UntrueToken)
        _count_failure(request, SignInStep.SSO_TOKEN if is_token else SignInStep.SSO_PROVIDER)
        sentence = CANCELLED if error == AuthError.CANCELLED else NO_SSO
        raise ImmediateHttpResponse(_turned_away(request, sentence))

    def send_notification_mail(self, *_args: Any, **_options: Any) -> None:
        """The desk writes its own messages."""


def _count_failure(
    request: HttpRequest, step: SignInStep, *, account: int = SOMEBODY_UNKNOWN, subject: str = ""
) -> None:
    address = getattr(request, "client_address", None)
    failed_sign_ins.count_single_sign_on(account, address, step, subject=subject)


def _turned_away(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.info(request, sentence)
    return HttpResponseRedirect(reverse("account_login"))


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


def _fernet() -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - 10 MB

    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    return hashlib.sha256(b"desk.second-factor:" + key.encode()).digest()
