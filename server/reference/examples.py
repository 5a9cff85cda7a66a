"""What the main requests and answers look like; the OpenAPI document carries them.

A request is whole: sent as it stands it is understood. An answer may be abridged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECIPE = {
    "name": "first",
    "runs": {
        "sft": {"kind": "sft", "policy": {"model": "scratch"}, "data": "curated", "steps": 60},
        "score": {"kind": "evaluate", "policy": {"run": "sft"}, "data": "test"},
    },
}

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "NewPipeline": {"recipe": RECIPE},
    "NewFork": {"changes": {"runs.sft.steps": 120}},
    "NewRunFork": {"changes": {"steps": 120}},
    "NewStudy": {
        "recipe": RECIPE,
        "grid": {"settings": {"runs.sft.batch_size": [4, 8]}, "seeds": [0, 1]},
        "name": "batch-sizes",
    },
    "RunLabels": {"tags": ["paper"], "note": "Chosen for **table 2**."},
    "NewProject": {"name": "vision"},
    "NewDataset": {"name": "curated", "location": "miniature/curated"},
    "NewModel": {"name": "scratch", "location": "miniature/scratch-model"},
    "NewKey": {"value": "sk-teacher-0123456789abcdef"},
    "NewToken": {"name": "ci", "permissions": ["read", "launch"], "expires_in_days": 90},
    "NewUser": {"name": "vera"},
    "NewWebhook": {
        "url": "https://hooks.slack.com/services/T0/B0/X",
        "topics": ["alert.raised"],
        "kind": "slack",
    },
    "NewView": {"name": "Failed this week", "filter": "state = failed", "sort": "-created"},
    "PanelBoard": {
        "panels": [{"title": "Right and well-formed", "metrics": ["accuracy", "valid_share"]}],
        "version": 0,
    },
    "NewImport": {
        "tracker": "mlflow",
        "location": "/home/vera/mlruns/1/4b0c",
        "pipeline": "captions",
        "run": "baseline",
        "parameters": {"learning_rate": 1e-5},
        "tags": ["before-prism"],
        "step": 2,
        "finished_at": "2026-11-26T12:00:00Z",
    },
    "ImportedEvents": {
        "events": [
            {
                "type": "step_finished",
                "seq": 1,
                "at": "2026-11-26T11:00:00Z",
                "step": 1,
                "metrics": {"train/loss": 2.0},
            }
        ]
    },
    "PasswordSignIn": {"name": "vera", "password": "correct horse battery staple"},
}

RUN = {
    "id": "run_019aa0f3a2b47c1e8f0d5b6a7c8d9e0f",
    "pipeline_id": "pip_019aa0f3a2b07d21a3c4b5d6e7f80912",
    "name": "sft",
    "kind": "sft",
    "state": "running",
    "desired_state": "run",
    "attempt": 1,
    "steps": 60,
    "step": 12,
    "queue": "default",
    "created_at": "2026-11-26T12:00:00Z",
    "started_at": "2026-11-26T12:00:07Z",
    "seconds_left": 41.5,
    "tags": ["paper"],
    "latest": {"loss": 2.31, "learning_rate": 0.002},
}

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "RunSnapshot": RUN,
    "PipelineSnapshot": {
        "id": RUN["pipeline_id"],
        "number": 7,
        "name": "first",
        "seed": 0,
        "state": "running",
        "recipe": RECIPE,
        "created_at": "2026-11-26T12:00:00Z",
        "created_by": "vera",
    },
    "Validation": {
        "valid": False,
        "problems": [
            {
                "field": "runs.sft.stepz",
                "message": "there is no such setting; did you mean 'steps'?",
            }
        ],
        "runs": [],
    },
    "RunMetrics": {
        "run_id": RUN["id"],
        "series": [{"name": "loss", "points": [[1, 6.02, 6.02, 6.02, 1], [2, 5.4, 5.4, 5.4, 1]]}],
        "progress": [[1, 812.0, 0.9], [2, 1630.0, 1.8]],
    },
    "CheckpointSnapshot": {
        "step": 60,
        "kind": "exported",
        "role": "policy",
        "size": 2_101_248,
        "durable_at": "2026-11-26T12:01:02Z",
    },
    "SignInLink": {
        "url": "https://ml.example.org/prism/sign-in#kq3n…",
        "expires_at": "2026-11-26T12:10:00Z",
    },
    "CreatedToken": {"secret": "tk_…"},
    "LogLine": {
        "number": 1,
        "attempt": 1,
        "at": "2026-11-26T12:00:08Z",
        "stream": "info",
        "text": "first step",
    },
    "ImportProgress": {"accepted": 1, "quarantined": 0, "next_seq": 2},
    "Health": {"status": "ok", "version": "0.1.0", "database": "postgresql", "contract": 1},
    "Problem": {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "The recipe has 1 problem.",
        "code": "invalid",
        "errors": [
            {"field": "runs.sft.data", "message": "data set 'curatd' is not registered"},
        ],
        "request_id": "req_019aa0f3a2c07b3e9d1f2a3b4c5d6e7f",
    },
}
