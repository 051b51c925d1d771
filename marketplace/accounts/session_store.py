"""Sessions as rows, of which no copy of the database lets anybody in.

The cookie holds a session's key, the table only its digest. `SESSION_ENGINE` names this module.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from marketplace.outages.failures import is_passing

LENGTH = 40
"""Hexadecimal digits that fit the column: 160 bits, of a key that has 165 bits of chance."""

KEY_LENGTH = 32
"""Letters of a session's key, as Django makes them."""


def stored_key(key: str) -> str:
    """Under what a session's row stands."""
    return hashlib.sha256(f"session:{key}".encode()).hexdigest()[:LENGTH]


class SessionStore(DatabaseStore):
    """Django's store, which looks a session up by the digest of its key."""

    last_used: datetime | None = None
    """When it was last used, to the minute; None for one that is new."""

    def _get_session_from_db(self) -> Session | None:
        row = self._rows().first()
        if row is None and self._as_before().update(session_key=self._stored):
            row = self._rows().first()
        return self._found(row)

    async def _aget_session_from_db(self) -> Session | None:
        row = await self._rows().afirst()
        if row is None and await self._as_before().aupdate(session_key=self._stored):
            row = await self._rows().afirst()
        return self._found(row)

    @property
    def _stored(self) -> str:
        return stored_key(self.session_key or "")

    def _rows(self) -> "models.QuerySet[Session]":
        return Session.objects.filter(session_key=self._stored, expire_date__gt=timezone.now())

    def _as_before(self) -> "models.QuerySet[Session]":
        """A session of the release before, found under its key, which then becomes a digest. A key
        has 32 letters and a digest 40, so no digest is ever taken for a key."""
        key = self.session_key or ""
        return Session.objects.filter(session_key=key if len(key) == KEY_LENGTH else "")

    def _found(self, row: Session | None) -> Session | None:
        if row is None:
            self._session_key = None
            return None
        self.expires_at = row.expire_date
        return row

    def load(self) -> dict[str, Any]:
        content = super().load()
        self._note_use(content)
        return content

    async def aload(self) -> dict[str, Any]:
        content = await super().aload()
        self._note_use(content)
        return content

    def _note_use(self, content: dict[str, Any]) -> None:
        """A row lasts from its last use for as long as its session may; that says when it was."""
        if self._session_key is None:
            return
        lasts = content.get("_session_expiry") or self.get_session_cookie_age()
        if isinstance(lasts, int):
            self.last_used = self.expires_at - timedelta(seconds=lasts)

    def save(self, must_create: bool = False) -> None:
        """Raises: CreateError, UpdateError: as Django’s; OperationalError or InterfaceError: the
        database is away, which Django would call a session that has ended (`UpdateError`)."""
        try:
            super().save(must_create)
        except UpdateError as error:
            _raise_if_away(error)
            raise

    async def asave(self, must_create: bool = False) -> None:
        try:
            await super().asave(must_create)
        except UpdateError as error:
            _raise_if_away(error)
            raise

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    async def aexists(self, session_key: str) -> bool:
        return await super().aexists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> models.Model:
        return self._hidden(super().create_model_instance(data))

    async def acreate_model_instance(self, data: dict[str, Any]) -> models.Model:
        return self._hidden(await super().acreate_model_instance(data))

    def _hidden(self, row: Any) -> models.Model:
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=stored_key(key)).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            await Session.objects.filter(session_key=stored_key(key)).adelete()


def _raise_if_away(error: UpdateError) -> None:
    cause = error.__context__
    if cause is not None and is_passing(cause):
        raise cause
