"""The API for people and programs: launch, watch, stop, register."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, Literal, Self, TypeVar
from urllib.parse import quote

import httpx

from prism_client.errors import ServerUnreachable, raise_for_problem
from prism_client.home import Home
from prism_client.resources import (
    FINAL_STATES,
    Attempt,
    Checkpoint,
    CodeDifference,
    ConfigDiff,
    CreatedToken,
    CuratedDataset,
    Dataset,
    Disk,
    ForkDraft,
    Health,
    Imported,
    ImportProgress,
    Item,
    Key,
    Lineage,
    LogLine,
    Metrics,
    NamedCheckpoint,
    Page,
    Pipeline,
    Project,
    Readiness,
    Registered,
    Removal,
    Resource,
    Results,
    Retention,
    Run,
    RunDevices,
    RunEnvironment,
    SignInLink,
    Storage,
    StoredEvent,
    Study,
    StudyPlan,
    StudySummary,
    Token,
    UploadedImage,
    User,
    Validation,
    Worker,
)
from prism_client.retries import waits
from prism_engine.contract.events import Source

Shape = TypeVar("Shape", bound=Resource)
Recipe = str | Mapping[str, Any]
Verb = Literal["cancel", "stop", "retry", "resume", "restart", "archive", "unarchive"]
PipelineVerb = Literal["cancel", "archive", "unarchive"]

TRIES = 5
PASSING = frozenset({502, 503, 504})
"""What a proxy answers while the server behind it starts again."""


class Client:
    """One server. Every method raises the errors of `prism_client.errors`.

    A request that met no server is tried again: reading changes nothing, verbs are idempotent, and
    what creates something carries an idempotency key.
    """

    def __init__(
        self, url: str, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(30, connect=5),
            transport=transport,
        )

    @classmethod
    def from_environment(cls) -> Client:
        """Connect to the server that PRISM_URL names, or to the local one."""
        home = Home.from_environment()
        return cls(home.url(), home.token())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def health(self) -> Health:
        return self._get("/health", Health)

    def ready(self) -> Readiness:
        """Raise `ServerUnreachable` where requests would fail."""
        return self._get("/ready", Readiness)

    def storage(self) -> Iterator[Storage]:
        """What each project has in the artifact store."""
        return self._list("/storage", Page[Storage], {})

    def disk(self) -> Disk:
        return self._get("/storage/disk", Disk)

    def set_storage_quota(self, project_id: str, max_artifact_bytes: int | None) -> Storage:
        path = f"/projects/{project_id}/storage-quota"
        body = {"max_artifact_bytes": max_artifact_bytes}
        return Storage.model_validate_json(self._request("PUT", path, json=body).content)

    def validate(self, recipe: Recipe) -> Validation:
        response = self._request("POST", "/pipelines:validate", json={"recipe": recipe})
        return Validation.model_validate_json(response.content)

    def launch(
        self,
        recipe: Recipe,
        project_id: str | None = None,
        forked_from: Mapping[str, Any] | None = None,
    ) -> Pipeline:
        """Queue a pipeline. Raises `Invalid` naming each field that is not right.

        `forked_from` is the `pipeline_id`, or the `run_id` and maybe the `step`, that the recipe
        repeats with changes.
        """
        body: dict[str, Any] = {"recipe": recipe}
        if project_id:
            body["project_id"] = project_id
        if forked_from:
            body["forked_from"] = dict(forked_from)
        return Pipeline.model_validate_json(self._create("/pipelines", body).content)

    def upload_image(self, project_id: str, content: bytes) -> UploadedImage:
        """Upload a PNG, JPEG or WebP file; a run of the kind `ask` names it by its digest."""
        path = f"/projects/{project_id}/images"
        # The same image again is the same digest, so that no key is needed.
        response = self._request("POST", path, content=content, timeout=60)
        return UploadedImage.model_validate_json(response.content)

    def fork_pipeline(self, pipeline_id: str, changes: Mapping[str, Any]) -> Pipeline:
        """Launch a pipeline again, these settings replaced by their paths."""
        path = f"/pipelines/{pipeline_id}/fork"
        response = self._create(path, {"changes": dict(changes)})
        return Pipeline.model_validate_json(response.content)

    def fork_run(
        self,
        run_id: str,
        changes: Mapping[str, Any],
        *,
        step: int | None = None,
        alone: bool = False,
    ) -> Pipeline:
        """Launch a run, and unless `alone` what depends on it, again with settings replaced.

        With a `step` it goes on after the durable checkpoint of that step.
        """
        body = {"changes": dict(changes), "step": step, "alone": alone}
        response = self._create(f"/runs/{run_id}/fork", body)
        return Pipeline.model_validate_json(response.content)

    def draft_run_fork(self, run_id: str, *, alone: bool = False) -> ForkDraft:
        """The recipe that `fork_run` would launch without a change."""
        return self._get(f"/runs/{run_id}/fork", ForkDraft, {"alone": alone})

    def draft_pipeline_fork(self, pipeline_id: str) -> ForkDraft:
        return self._get(f"/pipelines/{pipeline_id}/fork", ForkDraft)

    def clone_pipeline(self, pipeline_id: str) -> Pipeline:
        """Launch a pipeline again as it was."""
        response = self._create(f"/pipelines/{pipeline_id}/clone", None)
        return Pipeline.model_validate_json(response.content)

    def clone_run(self, run_id: str) -> Pipeline:
        """Launch a run, and what depends on it, again as it was."""
        response = self._create(f"/runs/{run_id}/clone", None)
        return Pipeline.model_validate_json(response.content)

    def pipelines(self, **filters: Any) -> Iterator[Pipeline]:
        return self._list("/pipelines", Page[Pipeline], filters)

    def pipeline(self, pipeline_id: str) -> Pipeline:
        return self._get(f"/pipelines/{pipeline_id}", Pipeline)

    def cancel_pipeline(self, pipeline_id: str) -> Pipeline:
        return self.order_pipeline(pipeline_id, "cancel")

    def order_pipeline(self, pipeline_id: str, verb: PipelineVerb) -> Pipeline:
        """Cancel, archive or unarchive a pipeline."""
        response = self._request("POST", f"/pipelines/{pipeline_id}/{verb}")
        return Pipeline.model_validate_json(response.content)

    def validate_study(self, recipe: Recipe, grid: Mapping[str, Any]) -> StudyPlan:
        """Say what a grid over a recipe comes to, or what is wrong with it."""
        body = {"recipe": recipe, "grid": grid}
        response = self._request("POST", "/studies:validate", json=body)
        return StudyPlan.model_validate_json(response.content)

    def launch_study(
        self,
        recipe: Recipe,
        grid: Mapping[str, Any],
        name: str | None = None,
        most_at_once: int | None = None,
        project_id: str | None = None,
    ) -> Study:
        """Queue a recipe over a grid, which is the `Grid` of the contract.

        Raises `Invalid` naming each field that is not right.
        """
        body = {"recipe": recipe, "grid": grid, "most_at_once": most_at_once}
        body |= {"name": name} if name else {}
        body |= {"project_id": project_id} if project_id else {}
        return Study.model_validate_json(self._create("/studies", body).content)

    def studies(self) -> Iterator[StudySummary]:
        return self._list("/studies", Page[StudySummary], {})

    def study(self, study_id: str) -> Study:
        return self._get(f"/studies/{study_id}", Study)

    def cancel_study(self, study_id: str) -> Study:
        response = self._request("POST", f"/studies/{study_id}/cancel")
        return Study.model_validate_json(response.content)

    def study_results(self, study_id: str) -> Results:
        """The results table of all pipelines of a study."""
        return self._get(f"/studies/{study_id}/results", Results)

    def results(self, pipeline_id: str) -> Results:
        """The results table of a pipeline: one row per arm and benchmark."""
        return self._get(f"/pipelines/{pipeline_id}/results", Results)

    def runs(self, **filters: Any) -> Iterator[Run]:
        return self._list("/runs", Page[Run], filters)

    def run(self, run_id: str) -> Run:
        return self._get(f"/runs/{run_id}", Run)

    def attempts(self, run_id: str) -> list[Attempt]:
        """All attempts of a run, oldest first."""
        return list(self._list(f"/runs/{run_id}/attempts", Page[Attempt], {}))

    def devices(self, run_id: str) -> RunDevices:
        """What GPUs a run has had, and what they did."""
        return self._get(f"/runs/{run_id}/devices", RunDevices)

    def order(self, run_id: str, verb: Verb) -> Run:
        """Cancel, stop, retry, resume, restart, archive or unarchive a run."""
        return Run.model_validate_json(self._request("POST", f"/runs/{run_id}/{verb}").content)

    def lineage(self, run_id: str) -> Lineage:
        """All that a run goes back to, and all that came of it."""
        return self._get(f"/runs/{run_id}/lineage", Lineage)

    def diff_runs(self, run_id: str, other: str) -> ConfigDiff:
        """The settings in which another run differs, and what it was carried out with."""
        return self._get(f"/runs/{run_id}/diff", ConfigDiff, {"other": other})

    def environment(self, run_id: str, attempt: int | None = None) -> RunEnvironment:
        """What a run was carried out with; the newest attempt's without a number."""
        parameters = {} if attempt is None else {"attempt": attempt}
        return self._get(f"/runs/{run_id}/environment", RunEnvironment, parameters)

    def code_difference(self, run_id: str, attempt: int | None = None) -> CodeDifference:
        """In what the code of a run differs from its commit. Raises `NotFound` without a record."""
        parameters = {} if attempt is None else {"attempt": attempt}
        return self._get(f"/runs/{run_id}/environment/patches", CodeDifference, parameters)

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """All checkpoints of a run, newest first."""
        return list(self._list(f"/runs/{run_id}/checkpoints", Page[Checkpoint], {}))

    def checkpoint(self, checkpoint_id: str) -> Checkpoint:
        return self._get(f"/checkpoints/{checkpoint_id}", Checkpoint)

    def download_checkpoint(self, checkpoint_id: str, file: BinaryIO) -> None:
        """Write a durable checkpoint's files, as a tar archive, into a file."""
        path = f"/checkpoints/{checkpoint_id}/archive"
        try:
            with self._http.stream("GET", path) as response:
                if response.is_error:
                    response.read()
                raise_for_problem(response)
                for chunk in response.iter_bytes():
                    file.write(chunk)
        except httpx.TransportError as error:
            raise ServerUnreachable(f"no answer from {self.url}: {error}") from error

    def delete_checkpoint(self, checkpoint_id: str) -> Checkpoint:
        """Delete a checkpoint's files. Raises `Conflict`, naming who needs it."""
        response = self._request("DELETE", f"/checkpoints/{checkpoint_id}")
        return Checkpoint.model_validate_json(response.content)

    def preview_deletion(self, identifier: str) -> Removal:
        """What deleting a run or a pipeline would free, and why it would be refused."""
        return self._get(f"{_path_of(identifier)}/deletion", Removal)

    def delete(self, identifier: str) -> None:
        """Delete a run or a pipeline. Raises `Conflict`, naming who needs it."""
        self._request("DELETE", _path_of(identifier))

    def retention(self, project_id: str) -> Retention:
        return self._get(f"/projects/{project_id}/retention", Retention)

    def set_retention(self, project_id: str, policy: Retention) -> Retention:
        """Set how long a project keeps things; the server applies it every hour."""
        path = f"/projects/{project_id}/retention"
        response = self._request("PUT", path, json=policy.model_dump())
        return Retention.model_validate_json(response.content)

    def preview_retention(self, project_id: str, policy: Retention) -> Removal:
        """What a policy would remove now; nothing is removed."""
        path = f"/projects/{project_id}/retention:preview"
        response = self._request("POST", path, json=policy.model_dump())
        return Removal.model_validate_json(response.content)

    def named_checkpoints(self, project_id: str) -> Iterator[NamedCheckpoint]:
        """Checkpoints that were given a name in a project."""
        return self._list(f"/projects/{project_id}/checkpoints", Page[NamedCheckpoint], {})

    def promote_checkpoint(self, project_id: str, name: str, checkpoint_id: str) -> NamedCheckpoint:
        """Give a checkpoint a name, which recipes may say in place of its id."""
        path = f"/projects/{project_id}/checkpoints/{quote(name, safe='')}"
        response = self._request("PUT", path, json={"checkpoint_id": checkpoint_id})
        return NamedCheckpoint.model_validate_json(response.content)

    def demote_checkpoint(self, project_id: str, name: str) -> None:
        self._request("DELETE", f"/projects/{project_id}/checkpoints/{quote(name, safe='')}")

    def metrics(
        self,
        run_id: str,
        names: list[str] | None = None,
        points: int = 1000,
        first: int = 0,
        last: int | None = None,
    ) -> Metrics:
        """Curves from step `first` to step `last`, in at most so many points each."""
        parameters: dict[str, Any] = {"max_points": points, "from": first}
        if names:
            parameters["names"] = ",".join(names)
        if last is not None:
            parameters["to"] = last
        return self._get(f"/runs/{run_id}/metrics", Metrics, parameters)

    def events(
        self, run_id: str, after: int = 0, source: Source | None = None
    ) -> Iterator[StoredEvent]:
        """Everything that happened after this position, attempts one after another."""
        while True:
            parameters = {"after": after, "limit": 1000} | ({"source": source} if source else {})
            page = self._get(f"/runs/{run_id}/events", Page[StoredEvent], parameters)
            yield from page.data
            if not page.data:
                return
            after = page.data[-1].position

    def logs(self, run_id: str, after: int = 0) -> Iterator[LogLine]:
        """Lines of output after the one with this number."""
        while True:
            page = self._get(f"/runs/{run_id}/logs", Page[LogLine], {"after": after})
            yield from page.data
            if not page.data:
                return
            after = page.data[-1].number

    def wait_for_run(self, run_id: str, timeout: float) -> Run:
        """Wait up to `timeout` seconds for a run's end; returns it as it then is."""
        return self._get(f"/runs/{run_id}/wait", Run, {"timeout": timeout})

    def import_run(self, recorded: Mapping[str, Any], key: str) -> Imported:
        """Make a finished run of what another tracker recorded; the same key makes it once."""
        response = self._create("/imports", recorded, key)
        return Imported.model_validate_json(response.content)

    def import_events(self, run_id: str, events: Sequence[Mapping[str, Any]]) -> ImportProgress:
        """Add to the history of an imported run; what it has already is passed over."""
        body = {"events": list(events)}
        response = self._request("POST", f"/runs/{run_id}/events", json=body)
        return ImportProgress.model_validate_json(response.content)

    def sign_in_link(self) -> SignInLink:
        return SignInLink.model_validate_json(self._request("POST", "/session/links").content)

    def tokens(self) -> Iterator[Token]:
        """One's own tokens that were not revoked."""
        return self._list("/tokens", Page[Token], {})

    def create_token(
        self, name: str, permissions: list[str], project_id: str | None, days: int | None
    ) -> CreatedToken:
        body: dict[str, Any] = {"name": name, "permissions": permissions, "expires_in_days": days}
        if project_id:
            body["project_id"] = project_id
        response = self._request("POST", "/tokens", json=body)
        return CreatedToken.model_validate_json(response.content)

    def revoke_token(self, token_id: str) -> None:
        self._request("DELETE", f"/tokens/{token_id}")

    def users(self) -> Iterator[User]:
        return self._list("/users", Page[User], {})

    def create_user(self, name: str, *, administrator: bool = False) -> SignInLink:
        """Open an account; return the link by which its person sets a password."""
        body = {"name": name, "administrator": administrator}
        response = self._request("POST", "/users", json=body)
        return SignInLink.model_validate(response.json()["set_up"])

    def invite(self, project_id: str, role: str) -> SignInLink:
        """Return a link that makes one person a member of a project."""
        path = f"/projects/{project_id}/invitations"
        response = self._request("POST", path, json={"role": role})
        return SignInLink.model_validate(response.json()["link"])

    def projects(self) -> Iterator[Project]:
        return self._list("/projects", Page[Project], {})

    def keys(self, project_id: str) -> Iterator[Key]:
        """Keys of a project by their names; no answer holds a value."""
        return self._list(f"/projects/{project_id}/keys", Page[Key], {})

    def set_key(self, project_id: str, name: str, value: str) -> Key:
        path = f"/projects/{project_id}/keys/{quote(name, safe='')}"
        return Key.model_validate_json(self._request("PUT", path, json={"value": value}).content)

    def remove_key(self, project_id: str, name: str) -> None:
        self._request("DELETE", f"/projects/{project_id}/keys/{quote(name, safe='')}")

    def workers(self) -> Iterator[Worker]:
        """Workers, newest first."""
        return self._list("/workers", Page[Worker], {})

    def order_worker(self, worker_id: str, verb: Literal["drain", "resume"]) -> Worker:
        """Have a worker take no more runs, or runs again."""
        response = self._request("POST", f"/workers/{worker_id}/{verb}")
        return Worker.model_validate_json(response.content)

    def wait(self, pipeline_id: str, patience: float = 900) -> Iterator[Pipeline]:
        """Give the pipeline each time it has changed, the last time in its final state.

        A server that is away for less than `patience` seconds ends no wait: its runs go on too.
        """
        known = None
        heard = time.monotonic()
        while known is None or known.state not in FINAL_STATES:
            try:
                pipeline = self.pipeline(pipeline_id)
            except ServerUnreachable:
                if time.monotonic() - heard > patience:
                    raise
            else:
                heard = time.monotonic()
                if pipeline != known:
                    known = pipeline
                    yield pipeline
            time.sleep(0.5)

    def register_dataset(self, name: str, location: str) -> Registered:
        return self._register("/datasets", name, location)

    def datasets(self) -> Iterator[Dataset]:
        return self._list("/datasets", Page[Dataset], {})

    def curated_datasets(self, run_id: str) -> list[CuratedDataset]:
        """What a curation ended in."""
        return list(self._list(f"/runs/{run_id}/datasets", Page[CuratedDataset], {}))

    def register_model(self, name: str, location: str) -> Registered:
        return self._register("/models", name, location)

    def models(self) -> Iterator[Registered]:
        return self._list("/models", Page[Registered], {})

    def _register(self, path: str, name: str, location: str) -> Registered:
        # The server reads the whole data set, decoding every image, before it answers.
        response = self._create(path, {"name": name, "location": location}, timeout=600)
        return Registered.model_validate_json(response.content)

    def _list(
        self, path: str, page: type[Page[Item]], filters: Mapping[str, Any]
    ) -> Iterator[Item]:
        parameters = {name: value for name, value in filters.items() if value is not None}
        while True:
            answer = self._get(path, page, parameters)
            yield from answer.data
            if answer.next_cursor is None:
                return
            parameters["after"] = answer.next_cursor

    def _get(
        self, path: str, shape: type[Shape], parameters: Mapping[str, Any] | None = None
    ) -> Shape:
        response = self._request("GET", path, params=dict(parameters or {}))
        return shape.model_validate_json(response.content)

    def _create(
        self, path: str, body: Mapping[str, Any] | None, key: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._request("POST", path, json=body, headers=headers, **options)

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        patience = islice(waits(0.1, 1.0), TRIES - 1)
        while True:
            wait = next(patience, None)
            try:
                response = self._http.request(method, path, **content)
            except httpx.TransportError as error:
                if wait is None:
                    raise ServerUnreachable(f"no answer from {self.url}: {error}") from error
            else:
                if response.status_code not in PASSING:
                    raise_for_problem(response)
                    return response
                if wait is None:
                    status = f"status {response.status_code}"
                    raise ServerUnreachable(f"no answer from behind {self.url}: {status}")
            time.sleep(wait)


def _path_of(identifier: str) -> str:
    """The path of a pipeline or of a run, which their ids tell apart."""
    return f"/{'pipelines' if identifier.startswith('pip_') else 'runs'}/{identifier}"
