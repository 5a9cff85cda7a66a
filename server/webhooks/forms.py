"""How an event is written for whoever receives it.

standard  the event itself, as Standard Webhooks say
slack     one line with a link, as incoming webhooks of Slack show it, of Mattermost and of Discord
          (`/slack`)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from server.webhooks.schemas import WebhookKind

Form = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
"""From an event, and the address of the dashboard, to the body that is posted."""


def standard(event: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    """Return the event as it is."""
    return event


def slack(event: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    """Return `{"text": …}` in Slack's markup."""
    return {"text": SENTENCES[event["type"]](event["data"], url)}


FORMS: Mapping[WebhookKind, Form] = {"standard": standard, "slack": slack}


def _alert(data: Mapping[str, Any], url: str) -> str:
    return f"*{data['alert']}* · {_link(data, url)} · {_text(data['message'])}"


def _run(data: Mapping[str, Any], url: str) -> str:
    exit_ = data["exit"] or {}
    why = f" · {_text(exit_['message'])}" if exit_.get("message") else ""
    return f"{_link(data, url)} is *{data['run']['state']}*, was {data['former_state']}{why}"


def _pipeline(data: Mapping[str, Any], url: str) -> str:
    return f"{_link(data, url)} has *{data['state']}*"


def _verdict(data: Mapping[str, Any], url: str) -> str:
    verdict = data["verdict"] or "too early to tell"
    said = f"{_link(data, url)} at step {data['step']}: *{verdict}*"
    return f"{said} · {_text(data['reason'])}"


def _ping(data: Mapping[str, Any], url: str) -> str:
    return f"<{url}|PRISM Control> reaches this channel."


SENTENCES: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "alert.raised": _alert,
    "run.state_changed": _run,
    "pipeline.finished": _pipeline,
    "audit.verdict_changed": _verdict,
    "ping": _ping,
}


def _link(data: Mapping[str, Any], url: str) -> str:
    pipeline, run = data.get("pipeline"), data.get("run")
    if pipeline is None:
        # What is said of the whole installation.
        return f"<{url}|PRISM Control>"
    name = f"{pipeline['name']} #{pipeline['number']}"
    shown = _text(f"{name} {run['name']}" if run else name)
    place = f"?run={quote(run['name'])}" if run else ""
    return f"<{url}/pipelines/{pipeline['id']}{place}|{shown}>"


def _text(said: str) -> str:
    """Keep what an engine said from being read as markup or mention."""
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(escaped.split())[:500]
