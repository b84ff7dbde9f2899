"""API keys: made and revoked by command, kept as hashes.

    tunebook keys make desk --role ask --groups workshop,depots      →  tb_4f1c9a02_9tK…   (shown once)

A key is an id and 32 random bytes.  With that much randomness one SHA-256 is as good as a slow hash, and a request
costs no time; the file under the state folder holds hashes alone and is readable by its owner only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from tunebook.errors import BadInput
from tunebook.project.locks import waited

Role = Literal["read", "ask", "manage"]
MOST_DAYS = 36_500  # a hundred years
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Key:
    """`groups` None reads every document, () only what everyone may read.  Times are ISO, in UTC."""

    id: str
    name: str
    role: Role
    groups: tuple[str, ...] | None
    hash: str
    created: str
    expires: str | None = None
    revoked: str | None = None

    @property
    def valid(self) -> bool:
        return self.revoked is None and (self.expires is None or self.expires > _now())

    def as_json(self) -> dict[str, Any]:
        """Without the hash."""
        return {name: value for name, value in asdict(self).items() if name != "hash"} | {"valid": self.valid}


class Keys:
    """The keys of a project; a change in the file is seen at once, by a server that runs too."""

    def __init__(self, state: Path) -> None:
        self._path = state / "keys.json"
        self._stamp: tuple[int, int] | None = None
        self._keys: dict[str, Key] = {}

    def all(self) -> list[Key]:
        self._refresh()
        return list(self._keys.values())

    def make(self, name: str, role: str, groups: Sequence[str] | None = (), days: int | None = None) -> tuple[Key, str]:
        """A new key and its text, which is kept nowhere.  Raises BadInput for a role that is none."""
        if role not in ROLES:
            raise BadInput(f"--role {role}: unknown", f"allowed: {', '.join(ROLES)}")
        if role == "manage" and groups:
            raise BadInput("a key with the role manage sees every document", "leave out --groups")
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise BadInput(f"--days {days}: not a number of days", f"allowed: 1 to {MOST_DAYS}; without it, no end")
        id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        expires = _stamp(datetime.now(UTC) + timedelta(days=days)) if days else None
        allowed = None if role == "manage" or groups is None else tuple(groups)
        key = Key(id, name, role, allowed, _hash(secret), _now(), expires)
        with self._writing():
            self._keys[id] = key
        return key, f"tb_{id}_{secret}"

    def revoke(self, id: str) -> Key:
        """The key, by id or name, that opens nothing any more.  Raises BadInput for one that is not there."""
        with self._writing():
            found = [key for key in self._keys.values() if id in (key.id, key.name) and key.revoked is None]
            if not found:
                raise BadInput(f"no key {id!r}", "tunebook keys list shows them")
            if len(found) > 1:
                raise BadInput(f"{len(found)} keys are named {id!r}", "name one by its id: tunebook keys list")
            self._keys[found[0].id] = replace(found[0], revoked=_now())
        return self._keys[found[0].id]

    def find(self, text: str) -> Key | None:
        """The valid key that this is, or None."""
        self._refresh()
        mark, _, rest = text.partition("_")
        id, _, secret = rest.partition("_")
        key = self._keys.get(id)
        same = hmac.compare_digest(_hash(secret), key.hash if key else _hash(""))
        return key if mark == "tb" and key and same and key.valid else None

    def get(self, id: str) -> Key | None:
        """A valid key by its id, for a session that was opened with it."""
        self._refresh()
        key = self._keys.get(id)
        return key if key and key.valid else None

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return
        stamp = (state.st_mtime_ns, state.st_ino)
        if stamp != self._stamp:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            self._keys = {row["id"]: _key(row) for row in rows}
            self._stamp = stamp

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with waited(self._path.with_suffix(".lock")):
            self._refresh()
            yield
            scratch = self._path.with_suffix(".tmp")
            scratch.touch(mode=0o600)
            scratch.write_text(json.dumps([asdict(key) for key in self._keys.values()], indent=1), encoding="utf-8")
            os.replace(scratch, self._path)


def _key(row: dict[str, Any]) -> Key:
    groups = row["groups"]
    return Key(**row | {"groups": None if groups is None else tuple(groups)})


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _now() -> str:
    return _stamp(datetime.now(UTC))
