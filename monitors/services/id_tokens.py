"""What an identity provider says of somebody, believed only where every part of it holds."""

import hmac
from typing import Any

import jwt

# Keys that only the provider has: none that the desk shares with it, and never none at all.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60  # between the provider's clock and ours
REQUIRED = ("iss", "sub", "aud", "exp", "iat", "nonce")


class Invalid(Exception):
    """Something of the token does not hold; which, in words for the log."""


def verify(token: str, keys: dict[str, Any], *, issuer: str, audience: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token (OpenID Connect Core, 3.1.3.7); `keys` is the provider's JSON Web Key Set."""
    try:
        key = _key_of(token, keys)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED), "strict_aud": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"{type(error).__name__}: {error}") from error
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise Invalid("the nonce is of another sign-in")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != audience:
        raise Invalid("it was made for another application")
    return claims


def _key_of(token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise Invalid(f"it is signed with {header.get('alg')!r}")
    usable = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.public_key_use in (None, "sig")]
    named = [key for key in usable if key.key_id == header.get("kid")]
    candidates = named if header.get("kid") else usable
    if len(candidates) != 1:
        raise Invalid("no key of the provider fits")
    return candidates[0]
