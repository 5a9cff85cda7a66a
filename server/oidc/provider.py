"""An OpenID Connect provider, as its client sees it: authorization code with PKCE.

The provider's description and keys are fetched when they are first needed, and keys again when a
token names one that is not known: providers change theirs.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.errors import ProviderFailed

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures by a key that only the provider has; never a shared secret, and never none."""

LEEWAY_SECONDS = 60

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
"""What a description must name for anybody to sign in."""


@dataclass(frozen=True)
class Person:
    """Who the provider says it is."""

    subject: str
    name: str
    """What the provider calls the person; it may be anything, or nothing."""


class Provider:
    """One provider and this server's registration with it."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._transport = transport
        self._fetched: dict[str, Any] = {}
        self._fetching = asyncio.Lock()

    async def authorization_url(self, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes to sign in. Raises `ProviderFailed`."""
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        description = await self._description()
        return f"{description['authorization_endpoint']}?{urlencode(query)}"

    async def person(self, code: str, verifier: str, nonce: str) -> Person:
        """Exchange the code that came back for whom it stands. Raises `ProviderFailed`."""
        description = await self._description()
        answer = await self._json(
            "POST",
            description["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "code_verifier": verifier,
            },
            auth=(self._client_id, self._client_secret),
        )
        claims = await self._claims(str(answer.get("id_token", "")), nonce)
        name = claims.get("preferred_username") or claims.get("email") or claims.get("name") or ""
        return Person(subject=str(claims["sub"]), name=str(name))

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        try:
            claims = await self._signed(token)
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(dict(claims))
        except (JoseError, ValueError) as error:
            raise ProviderFailed(f"its identity token is not good: {error}") from error
        return claims

    async def _signed(self, token: str) -> Mapping[str, Any]:
        keys = KeySet.import_key_set(await self._get("keys", "jwks_uri"))
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except ValueError:
            self._fetched.pop("keys", None)
            keys = KeySet.import_key_set(await self._get("keys", "jwks_uri"))
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims

    async def _description(self) -> dict[str, Any]:
        async with self._fetching:
            if "description" not in self._fetched:
                url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                found = await self._json("GET", url)
                if found.get("issuer") != self.issuer:
                    raise ProviderFailed(f"it calls itself {found.get('issuer')!r}")
                missing = [name for name in ENDPOINTS if not isinstance(found.get(name), str)]
                if missing:
                    raise ProviderFailed(f"its description lacks {', '.join(missing)}")
                self._fetched["description"] = found
        description: dict[str, Any] = self._fetched["description"]
        return description

    async def _get(self, name: str, endpoint: str) -> Any:
        if name not in self._fetched:
            self._fetched[name] = await self._json("GET", (await self._description())[endpoint])
        return self._fetched[name]

    async def _json(self, method: str, url: str, **content: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=10) as client:
                response = await client.request(method, url, **content)
                response.raise_for_status()
                found = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(f"{url} gave no good answer") from error
        if not isinstance(found, dict):
            raise ProviderFailed(f"{url} gave no good answer")
        return found
