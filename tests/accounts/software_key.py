"""A security key made of software: what a browser would send of it."""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

SITE = "testserver"
FLAG = AuthenticatorData.FLAG
PROVED = FLAG.USER_PRESENT | FLAG.USER_VERIFIED


class SoftwareKey:
    def __init__(self) -> None:
        self.id = os.urandom(16)
        self._private = ec.generate_private_key(ec.SECP256R1())

    def offered(self, challenge: str) -> dict[str, Any]:
        """To the challenge of a page that adds keys (RegistrationResponseJSON)."""
        public = ES256.from_cryptography_key(self._private.public_key())
        held = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        about = AuthenticatorData.create(_site(), PROVED | FLAG.ATTESTED, 0, held)
        return self._answer(
            clientDataJSON=_asked("webauthn.create", challenge),
            attestationObject=AttestationObject.create("none", about, {}),
        )

    def proved(self, challenge: str, user: str) -> dict[str, Any]:
        """To the challenge of a page that asks for a key (AuthenticationResponseJSON).

        Args:
            user: its id, as the site says it.
        """
        about = AuthenticatorData.create(_site(), PROVED, 1)
        asked = _asked("webauthn.get", challenge)
        signature = self._private.sign(
            about + hashlib.sha256(asked).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self._answer(
            clientDataJSON=asked,
            authenticatorData=about,
            signature=signature,
            userHandle=user.encode(),
        )

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": {part: websafe_encode(value) for part, value in parts.items()},
            "clientExtensionResults": {},
        }


def _site() -> bytes:
    return hashlib.sha256(SITE.encode()).digest()


def _asked(kind: str, challenge: str) -> bytes:
    asked = {"type": kind, "challenge": challenge, "origin": f"https://{SITE}"}
    return bytes(CollectedClientData(json.dumps(asked).encode()))
