"""Taking secrets out of what somebody is about to send to strangers.

Those that are known are taken out wherever they stand; others by what they look like, or by the
name that stands before them. Rather too much is taken out than too little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from prism_client.home import Home

MARK = "[redacted]"

SHORTEST = 6
"""Characters; to take out every shorter text would leave nothing to read."""

SECRET_NAME = re.compile(r"secret|token|password|passwd|api_?key|_key$|^key$|credential|auth", re.I)

LOOKS = (
    # A user's password in an address.
    (re.compile(r"(://[^/@\s:]*:)[^/@\s]+@"), rf"\1{MARK}@"),
    # What signs in once stands behind the # of a link.
    (re.compile(r"((?:sign-in|set-up|invitation)#)[\w-]+"), rf"\1{MARK}"),
    (re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]+", re.I), rf"\1{MARK}"),
    (re.compile(r"\b(?:prism_|whsec_|sk-|hf_|ghp_|github_pat_|glpat-|xox[abp]-|AKIA|r8_)[\w-]{8,}"),
     MARK),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), MARK),
    (re.compile(r"\$argon2id?\$\S+"), MARK),
    (re.compile(r"(hooks\.slack\.com/services/)\S+"), rf"\1{MARK}"),
    (re.compile(
        r"((?:[\w-]*(?:secret|token|password|passwd|api[_-]?key|cookie))[\"']?\s*[:=]\s*[\"']?)"
        r"[^\s\"',;}]+", re.I), rf"\1{MARK}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.S),
     MARK),
)  # fmt: skip


class Redaction:
    """Knows the secrets of this machine."""

    def __init__(self, secrets: frozenset[str]) -> None:
        # The longest first: one may begin with another.
        self._secrets = sorted(
            (secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True
        )

    def text(self, text: str) -> str:
        """Return the text without any secret that can be told."""
        for secret in self._secrets:
            text = text.replace(secret, MARK)
        for look, instead in LOOKS:
            text = look.sub(instead, text)
        return text

    def variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return variables by name; of one that sounds like a secret only that it is set."""
        return {
            name: MARK if SECRET_NAME.search(name) and value else self.text(value)
            for name, value in sorted(variables.items())
        }


def secrets_of(home: Home, environment: Mapping[str, str]) -> frozenset[str]:
    """Return every secret that this machine keeps: files of the home, and variables."""
    found = {value for name, value in environment.items() if SECRET_NAME.search(name)}
    for name in ("key", "token", "worker-token"):
        path = home.path / name
        if path.exists():
            found.add(path.read_text().strip())
    keys = home.path / "keys.yaml"
    if keys.exists():
        found.update(str(value) for value in (yaml.safe_load(keys.read_text()) or {}).values())
    return frozenset(found)
