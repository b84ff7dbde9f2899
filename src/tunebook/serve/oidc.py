"""Sign-in for pages with OpenID Connect: the authorization code flow with PKCE.

    [serve]
    oidc_issuer = "https://login.example.org/realms/team"
    public_url = "https://tunebook.example.org"

`/oidc/start` sends the browser to the provider, `/oidc/callback` checks what comes back: the state, the ID token's
signature, issuer, audience, end and nonce.  Its groups are the reader's; they hold until the session ends.  Left out on
purpose: sign-out at the provider, and programs, which have keys.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tunebook.serve.access import is_https
from tunebook.serve.problems import Problem
from tunebook.serve.service import Served, Service

router = APIRouter(include_in_schema=False)
COOKIE = "tunebook_sign_in"
SECONDS = 600  # from start to callback
TIMEOUT_SECONDS = 10.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# A page that goes on by itself: after a redirect from another site the browser would not send a strict cookie.
SIGNED_IN = '<!doctype html><title>tunebook</title><meta http-equiv="refresh" content="0;url=/"><a href="/">Go on</a>'


@router.get("/oidc/start")
def start(request: Request, service: Served) -> Response:
    """Sends the browser to the provider."""
    provider = _provider(service)
    service.count_stranger(request)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": service.settings.oidc_client,
        "redirect_uri": _callback(request, service),
        "scope": "openid profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = RedirectResponse(f"{provider['authorization_endpoint']}?{urlencode(asked)}", 302)
    kept = service.sessions.seal("oidc", {"state": state, "nonce": nonce, "verifier": verifier}, SECONDS)
    secure = is_https(service, request)
    answer.set_cookie(COOKIE, kept, SECONDS, path="/oidc", httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/oidc/callback")
def callback(request: Request, service: Served, code: str = "", state: str = "", error: str = "") -> Response:
    """Signs the browser in.  Raises Problem 401 where anything does not fit."""
    provider = _provider(service)
    service.count_stranger(request)
    begun = service.sessions.unseal("oidc", request.cookies.get(COOKIE, ""))
    if error or not code or begun is None or not secrets.compare_digest(state.encode(), begun["state"].encode()):
        raise _refused(f"the provider said {error[:100]!r}" if error else "it was not begun here, or too long ago")
    token = _token(provider, request, service, code, begun["verifier"])
    claims = _checked(token, provider, service, begun["nonce"])
    answer = HTMLResponse(SIGNED_IN)
    service.sessions.open(answer, _person(claims, service), is_https(service, request))
    answer.delete_cookie(COOKIE, path="/oidc")
    return answer


def _provider(service: Service) -> dict[str, Any]:
    """What the provider says of itself, asked for once."""
    issuer = service.settings.oidc_issuer
    if issuer is None:
        raise Problem(404, "no_route", "sign-in with OpenID Connect is not set up", "serve.oidc_issuer")
    if service.provider is None:
        try:
            url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            found: dict[str, Any] = httpx.get(url, timeout=TIMEOUT_SECONDS).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Problem(502, "provider_failed", f"{issuer} does not answer: {error}", "serve.oidc_issuer") from error
        if found.get("issuer", "").rstrip("/") != issuer.rstrip("/"):
            raise Problem(
                502, "provider_failed", f"{issuer} says that it is {found.get('issuer')!r}", "serve.oidc_issuer"
            )
        service.provider = found
    return service.provider


def _token(provider: dict[str, Any], request: Request, service: Service, code: str, verifier: str) -> str:
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _callback(request, service),
        "client_id": service.settings.oidc_client,
        "code_verifier": verifier,
    }
    if secret := os.environ.get(service.settings.oidc_secret_env):
        asked["client_secret"] = secret
    try:
        found = httpx.post(provider["token_endpoint"], data=asked, timeout=TIMEOUT_SECONDS).raise_for_status()
        return str(found.json()["id_token"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise _refused("the provider did not take the code") from error


def _checked(token: str, provider: dict[str, Any], service: Service, nonce: str) -> dict[str, Any]:
    try:
        key = jwt.PyJWKClient(provider["jwks_uri"], timeout=TIMEOUT_SECONDS).get_signing_key_from_jwt(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=ALGORITHMS,
            audience=service.settings.oidc_client,
            issuer=provider["issuer"],
            leeway=60,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.PyJWTError as error:
        raise _refused(f"its ID token is not good: {error}") from error
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _refused("its ID token belongs to another sign-in")
    return claims


def _person(claims: dict[str, Any], service: Service) -> dict[str, Any]:
    """What the session says: who manages sees every document, all others what their groups may read."""
    settings = service.settings
    named = claims.get(settings.oidc_groups_claim, [])
    groups = [str(group) for group in named] if isinstance(named, list) else [str(named)]
    manages = settings.oidc_manage_group is not None and settings.oidc_manage_group in groups
    role = "manage" if manages else settings.oidc_role
    return {"person": str(claims["sub"])[:200], "role": role, "groups": None if manages else groups}


def _callback(request: Request, service: Service) -> str:
    base = service.settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/oidc/callback"


def _refused(why: str) -> Problem:
    return Problem(401, "sign_in_refused", f"you are not signed in: {why}", "begin again: /oidc/start")
