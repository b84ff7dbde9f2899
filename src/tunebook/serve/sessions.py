"""Sign-in for pages: a signed cookie that names a key, and a token against forged requests.

    sessions.open(response, key, secure=True)       the browser is signed in
    sessions.key_id(request)                        →  "4f1c9a02", or None
    sessions.token(request)                         →  what a form sends as `csrf`, a script as X-CSRF-Token

Nothing is kept: the cookie is `key id . expiry . nonce . signature`, and ends with its key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "tunebook_session"
HOURS = 12


class Sessions:
    def __init__(self, state: Path) -> None:
        self._path = state / "session-secret"
        self._kept: bytes | None = None

    def open(self, response: Response, key: str, secure: bool) -> str:
        """Signs the browser in; the token against forged requests."""
        body = f"{key}.{int(time.time()) + HOURS * 3600}.{secrets.token_urlsafe(12)}"
        value = f"{body}.{self._sign('session', body)}"
        response.set_cookie(
            COOKIE, value, max_age=HOURS * 3600, path="/", httponly=True, samesite="strict", secure=secure
        )
        return self._sign("csrf", value)

    def close(self, response: Response) -> None:
        response.delete_cookie(COOKIE, path="/")

    def key_id(self, connection: HTTPConnection) -> str | None:
        """The key that the browser signed in with; None without a cookie, or with one that is forged or too old."""
        body, _, signature = connection.cookies.get(COOKIE, "").rpartition(".")
        if not body or not hmac.compare_digest(signature, self._sign("session", body)):
            return None
        key, expiry, _ = body.split(".")
        return key if int(expiry) > time.time() else None

    def token(self, connection: HTTPConnection) -> str:
        """Belongs to this cookie alone; without one it is worth nothing, and nothing asks for it."""
        return self._sign("csrf", connection.cookies.get(COOKIE, ""))

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
