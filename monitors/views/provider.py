"""The identity provider: allauth's flow (state, PKCE, exchange of the code), with every claim checked.

Imported when somebody comes by it: its HTTP client and its cryptography are 15 MB.
"""

import hashlib
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from monitors.services import id_tokens
from monitors.views.access import DeskRequest

AGAIN = "again"  # in a form: the provider is to ask for the password again


class UntrueToken(OAuth2Error):  # type: ignore[misc]
    """Something of what the provider said of somebody does not hold."""


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    def get_pkce_params(self) -> dict[str, str]:
        """The nonce follows from the secret that PKCE keeps in the session: both are of this very sign-in."""
        parameters: dict[str, str] = super().get_pkce_params()
        return parameters | {"nonce": _nonce_of(parameters["code_verifier"])}

    def get_redirect_from_request_kwargs(self, request: DeskRequest) -> dict[str, Any]:
        """Nothing of the request but where to go afterwards, and whether to ask anew."""
        asked = super().get_redirect_from_request_kwargs(request)
        parameters = {"prompt": "login", "max_age": "0"} if AGAIN in request.POST else {}
        next_url = {"next_url": asked["next_url"]} if "next_url" in asked else {}
        return {
            "process": AuthProcess.LOGIN,
            "auth_params": parameters,
            "scope": self.get_scope(),
            **next_url,
        }

    def get_oauth2_adapter(self, request: DeskRequest) -> "Adapter":
        return Adapter(request, self.app.provider_id)

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Of this issuer: another one may know somebody else by the same `sub`."""
        claims = data["id_token"]
        return hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()

    def extract_common_fields(self, _data: dict[str, Any]) -> dict[str, Any]:
        """services.sso makes accounts, and reads the claims itself."""
        return {}

    def extract_email_addresses(self, _data: dict[str, Any]) -> list[Any]:
        return []


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    verifier = ""

    def get_provider(self) -> Provider:
        return Provider(self.request, app=super().get_provider().app)

    def get_access_token_data(
        self, request: DeskRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        self.verifier = pkce_code_verifier or ""
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request: DeskRequest, app: Any, _token: Any, **options: Any) -> SocialLogin:
        claims = self._claims(app, str(options["response"].get("id_token", "")))
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _claims(self, app: Any, token: str) -> dict[str, Any]:
        if self.openid_config.get("issuer") != settings.OIDC_ISSUER:
            raise UntrueToken("the provider calls itself by another name than OIDC_ISSUER")
        try:
            return id_tokens.verify(
                token,
                self._keys(),
                issuer=settings.OIDC_ISSUER,
                audience=app.client_id,
                nonce=_nonce_of(self.verifier),
            )
        except id_tokens.Invalid as error:
            raise UntrueToken(str(error)) from error

    def _keys(self) -> dict[str, Any]:
        with get_adapter(self.request).get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys: dict[str, Any] = answer.json()
        return keys


def leave(request: DeskRequest, provider_id: str) -> HttpResponse:
    answer: HttpResponse = OAuth2LoginView.adapter_view(Adapter(request, provider_id))(request)
    return answer


def come_back(request: DeskRequest, provider_id: str) -> HttpResponseBase:
    answer: HttpResponseBase = OAuth2CallbackView.adapter_view(Adapter(request, provider_id))(request)
    return answer


def _nonce_of(verifier: str) -> str:
    return hashlib.sha256(b"nonce:" + verifier.encode()).hexdigest()
