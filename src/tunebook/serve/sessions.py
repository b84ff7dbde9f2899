"""Sign-in for pages: a signed cookie that says who it is, and a token against forged requests.

    sessions.open(response, {"key": "4f1c9a02"}, secure=True)       the browser is signed in
    sessions.claims(request)                                        →  {"key": "4f1c9a02"}, or None
    sessions.token(request)                                         →  what a page sends as X-CSRF-Token

Nothing is kept here: the cookie holds its claims and its end, and a session that was opened with a key ends with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "tunebook_session"
SECONDS = 12 * 3600


class Sessions:
    def __init__(self, state: Path) -> None:
        self._path = state / "session-secret"
        self._kept: bytes | None = None

    def open(self, response: Response, claims: Mapping[str, Any], secure: bool) -> str:
        """Signs the browser in; the token against forged requests."""
        value = self.seal("session", claims, SECONDS)
        response.set_cookie(COOKIE, value, max_age=SECONDS, path="/", httponly=True, samesite="strict", secure=secure)
        return self._sign("csrf", value)

    def close(self, response: Response) -> None:
        response.delete_cookie(COOKIE, path="/")

    def claims(self, connection: HTTPConnection) -> dict[str, Any] | None:
        """Who the browser is; None without a cookie, or with one that is forged or too old."""
        return self.unseal("session", connection.cookies.get(COOKIE, ""))

    def token(self, connection: HTTPConnection) -> str:
        """Belongs to this cookie alone; without one it is worth nothing, and nothing asks for it."""
        return self._sign("csrf", connection.cookies.get(COOKIE, ""))

    def seal(self, what: str, claims: Mapping[str, Any], seconds: int) -> str:
        """Claims for a cookie, signed, until so many seconds from now."""
        told = {"claims": claims, "until": int(time.time()) + seconds, "nonce": secrets.token_urlsafe(8)}
        body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
        return f"{body}.{self._sign(what, body)}"

    def unseal(self, what: str, value: str) -> dict[str, Any] | None:
        """None for what was not sealed here as this, or has ended."""
        body, _, signature = value.rpartition(".")
        if not body or not hmac.compare_digest(signature.encode(), self._sign(what, body).encode()):
            return None
        told = json.loads(base64.urlsafe_b64decode(body))
        claims: dict[str, Any] = told["claims"]
        return claims if told["until"] > time.time() else None

    def _sign(self, what: str, text: str) -> str:
        return hmac.new(self._secret, f"{what}:{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    @property
    def _secret(self) -> bytes:
        if self._kept is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(secrets.token_bytes(32))
            except FileExistsError:
                pass
            self._kept = self._path.read_bytes()
        return self._kept
