"""The same API to await. Generated from `client.py` by `python -m prism_client.twin`."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, Literal, Self
from urllib.parse import quote

import httpx

from prism_client.client import PASSING, TRIES, PipelineVerb, Recipe, Shape, Verb, _path_of
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


class AsyncClient:
    """One server. Every method raises the errors of `prism_client.errors`.

    A request that met no server is tried again: reading changes nothing, verbs are idempotent, and
    what creates something carries an idempotency key.
    """

    def __init__(
        self, url: str, token: str | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url
        self._http = httpx.AsyncClient(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(30, connect=5),
            transport=transport,
        )

    @classmethod
    def from_environment(cls) -> AsyncClient:
        """Connect to the server that PRISM_URL names, or to the local one."""
        home = Home.from_environment()
        return cls(home.url(), home.token())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def health(self) -> Health:
        return await self._get("/health", Health)

    async def ready(self) -> Readiness:
        """Raise `ServerUnreachable` where requests would fail."""
        return await self._get("/ready", Readiness)

    def storage(self) -> AsyncIterator[Storage]:
        """What each project has in the artifact store."""
        return self._list("/storage", Page[Storage], {})

    async def disk(self) -> Disk:
        return await self._get("/storage/disk", Disk)

    async def set_storage_quota(self, project_id: str, max_artifact_bytes: int | None) -> Storage:
        path = f"/projects/{project_id}/storage-quota"
        body = {"max_artifact_bytes": max_artifact_bytes}
        return Storage.model_validate_json((await self._request("PUT", path, json=body)).content)

    async def validate(self, recipe: Recipe) -> Validation:
        response = await self._request("POST", "/pipelines:validate", json={"recipe": recipe})
        return Validation.model_validate_json(response.content)

    async def launch(
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
        return Pipeline.model_validate_json((await self._create("/pipelines", body)).content)

    async def upload_image(self, project_id: str, content: bytes) -> UploadedImage:
        """Upload a PNG, JPEG or WebP file; a run of the kind `ask` names it by its digest."""
        path = f"/projects/{project_id}/images"
        response = await self._request("POST", path, content=content, timeout=60)
        return UploadedImage.model_validate_json(response.content)

    async def fork_pipeline(self, pipeline_id: str, changes: Mapping[str, Any]) -> Pipeline:
        """Launch a pipeline again, these settings replaced by their paths."""
        path = f"/pipelines/{pipeline_id}/fork"
        response = await self._create(path, {"changes": dict(changes)})
        return Pipeline.model_validate_json(response.content)

    async def fork_run(
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
        response = await self._create(f"/runs/{run_id}/fork", body)
        return Pipeline.model_validate_json(response.content)

    async def draft_run_fork(self, run_id: str, *, alone: bool = False) -> ForkDraft:
        """The recipe that `fork_run` would launch without a change."""
        return await self._get(f"/runs/{run_id}/fork", ForkDraft, {"alone": alone})

    async def draft_pipeline_fork(self, pipeline_id: str) -> ForkDraft:
        return await self._get(f"/pipelines/{pipeline_id}/fork", ForkDraft)

    async def clone_pipeline(self, pipeline_id: str) -> Pipeline:
        """Launch a pipeline again as it was."""
        response = await self._create(f"/pipelines/{pipeline_id}/clone", None)
        return Pipeline.model_validate_json(response.content)

    async def clone_run(self, run_id: str) -> Pipeline:
        """Launch a run, and what depends on it, again as it was."""
        response = await self._create(f"/runs/{run_id}/clone", None)
        return Pipeline.model_validate_json(response.content)

    def pipelines(self, **filters: Any) -> AsyncIterator[Pipeline]:
        return self._list("/pipelines", Page[Pipeline], filters)

    async def pipeline(self, pipeline_id: str) -> Pipeline:
        return await self._get(f"/pipelines/{pipeline_id}", Pipeline)

    async def cancel_pipeline(self, pipeline_id: str) -> Pipeline:
        return await self.order_pipeline(pipeline_id, "cancel")

    async def order_pipeline(self, pipeline_id: str, verb: PipelineVerb) -> Pipeline:
        """Cancel, archive or unarchive a pipeline."""
        response = await self._request("POST", f"/pipelines/{pipeline_id}/{verb}")
        return Pipeline.model_validate_json(response.content)

    async def validate_study(self, recipe: Recipe, grid: Mapping[str, Any]) -> StudyPlan:
        """Say what a grid over a recipe comes to, or what is wrong with it."""
        body = {"recipe": recipe, "grid": grid}
        response = await self._request("POST", "/studies:validate", json=body)
        return StudyPlan.model_validate_json(response.content)

    async def launch_study(
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
        return Study.model_validate_json((await self._create("/studies", body)).content)

    def studies(self) -> AsyncIterator[StudySummary]:
        return self._list("/studies", Page[StudySummary], {})

    async def study(self, study_id: str) -> Study:
        return await self._get(f"/studies/{study_id}", Study)

    async def cancel_study(self, study_id: str) -> Study:
        response = await self._request("POST", f"/studies/{study_id}/cancel")
        return Study.model_validate_json(response.content)

    async def study_results(self, study_id: str) -> Results:
        """The results table of all pipelines of a study."""
        return await self._get(f"/studies/{study_id}/results", Results)

    async def results(self, pipeline_id: str) -> Results:
        """The results table of a pipeline: one row per arm and benchmark."""
        return await self._get(f"/pipelines/{pipeline_id}/results", Results)

    def runs(self, **filters: Any) -> AsyncIterator[Run]:
        return self._list("/runs", Page[Run], filters)

    async def run(self, run_id: str) -> Run:
        return await self._get(f"/runs/{run_id}", Run)

    async def attempts(self, run_id: str) -> list[Attempt]:
        """All attempts of a run, oldest first."""
        return [item async for item in self._list(f"/runs/{run_id}/attempts", Page[Attempt], {})]

    async def devices(self, run_id: str) -> RunDevices:
        """What GPUs a run has had, and what they did."""
        return await self._get(f"/runs/{run_id}/devices", RunDevices)

    async def order(self, run_id: str, verb: Verb) -> Run:
        """Cancel, stop, retry, resume, restart, archive or unarchive a run."""
        return Run.model_validate_json(
            (await self._request("POST", f"/runs/{run_id}/{verb}")).content
        )

    async def lineage(self, run_id: str) -> Lineage:
        """All that a run goes back to, and all that came of it."""
        return await self._get(f"/runs/{run_id}/lineage", Lineage)

    async def diff_runs(self, run_id: str, other: str) -> ConfigDiff:
        """The settings in which another run differs, and what it was carried out with."""
        return await self._get(f"/runs/{run_id}/diff", ConfigDiff, {"other": other})

    async def environment(self, run_id: str, attempt: int | None = None) -> RunEnvironment:
        """What a run was carried out with; the newest attempt's without a number."""
        parameters = {} if attempt is None else {"attempt": attempt}
        return await self._get(f"/runs/{run_id}/environment", RunEnvironment, parameters)

    async def code_difference(self, run_id: str, attempt: int | None = None) -> CodeDifference:
        """In what the code of a run differs from its commit. Raises `NotFound` without a record."""
        parameters = {} if attempt is None else {"attempt": attempt}
        return await self._get(f"/runs/{run_id}/environment/patches", CodeDifference, parameters)

    async def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """All checkpoints of a run, newest first."""
        return [
            item async for item in self._list(f"/runs/{run_id}/checkpoints", Page[Checkpoint], {})
        ]

    async def checkpoint(self, checkpoint_id: str) -> Checkpoint:
        return await self._get(f"/checkpoints/{checkpoint_id}", Checkpoint)

    async def download_checkpoint(self, checkpoint_id: str, file: BinaryIO) -> None:
        """Write a durable checkpoint's files, as a tar archive, into a file."""
        path = f"/checkpoints/{checkpoint_id}/archive"
        try:
            async with self._http.stream("GET", path) as response:
                if response.is_error:
                    await response.aread()
                raise_for_problem(response)
                async for chunk in response.aiter_bytes():
                    file.write(chunk)
        except httpx.TransportError as error:
            raise ServerUnreachable(f"no answer from {self.url}: {error}") from error

    async def delete_checkpoint(self, checkpoint_id: str) -> Checkpoint:
        """Delete a checkpoint's files. Raises `Conflict`, naming who needs it."""
        response = await self._request("DELETE", f"/checkpoints/{checkpoint_id}")
        return Checkpoint.model_validate_json(response.content)

    async def preview_deletion(self, identifier: str) -> Removal:
        """What deleting a run or a pipeline would free, and why it would be refused."""
        return await self._get(f"{_path_of(identifier)}/deletion", Removal)

    async def delete(self, identifier: str) -> None:
        """Delete a run or a pipeline. Raises `Conflict`, naming who needs it."""
        await self._request("DELETE", _path_of(identifier))

    async def retention(self, project_id: str) -> Retention:
        return await self._get(f"/projects/{project_id}/retention", Retention)

    async def set_retention(self, project_id: str, policy: Retention) -> Retention:
        """Set how long a project keeps things; the server applies it every hour."""
        path = f"/projects/{project_id}/retention"
        response = await self._request("PUT", path, json=policy.model_dump())
        return Retention.model_validate_json(response.content)

    async def preview_retention(self, project_id: str, policy: Retention) -> Removal:
        """What a policy would remove now; nothing is removed."""
        path = f"/projects/{project_id}/retention:preview"
        response = await self._request("POST", path, json=policy.model_dump())
        return Removal.model_validate_json(response.content)

    def named_checkpoints(self, project_id: str) -> AsyncIterator[NamedCheckpoint]:
        """Checkpoints that were given a name in a project."""
        return self._list(f"/projects/{project_id}/checkpoints", Page[NamedCheckpoint], {})

    async def promote_checkpoint(
        self, project_id: str, name: str, checkpoint_id: str
    ) -> NamedCheckpoint:
        """Give a checkpoint a name, which recipes may say in place of its id."""
        path = f"/projects/{project_id}/checkpoints/{quote(name, safe='')}"
        response = await self._request("PUT", path, json={"checkpoint_id": checkpoint_id})
        return NamedCheckpoint.model_validate_json(response.content)

    async def demote_checkpoint(self, project_id: str, name: str) -> None:
        await self._request("DELETE", f"/projects/{project_id}/checkpoints/{quote(name, safe='')}")

    async def metrics(
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
        return await self._get(f"/runs/{run_id}/metrics", Metrics, parameters)

    async def events(
        self, run_id: str, after: int = 0, source: Source | None = None
    ) -> AsyncIterator[StoredEvent]:
        """Everything that happened after this position, attempts one after another."""
        while True:
            parameters = {"after": after, "limit": 1000} | ({"source": source} if source else {})
            page = await self._get(f"/runs/{run_id}/events", Page[StoredEvent], parameters)
            for item in page.data:
                yield item
            if not page.data:
                return
            after = page.data[-1].position

    async def logs(self, run_id: str, after: int = 0) -> AsyncIterator[LogLine]:
        """Lines of output after the one with this number."""
        while True:
            page = await self._get(f"/runs/{run_id}/logs", Page[LogLine], {"after": after})
            for item in page.data:
                yield item
            if not page.data:
                return
            after = page.data[-1].number

    async def wait_for_run(self, run_id: str, timeout: float) -> Run:
        """Wait up to `timeout` seconds for a run's end; returns it as it then is."""
        return await self._get(f"/runs/{run_id}/wait", Run, {"timeout": timeout})

    async def import_run(self, recorded: Mapping[str, Any], key: str) -> Imported:
        """Make a finished run of what another tracker recorded; the same key makes it once."""
        response = await self._create("/imports", recorded, key)
        return Imported.model_validate_json(response.content)

    async def import_events(
        self, run_id: str, events: Sequence[Mapping[str, Any]]
    ) -> ImportProgress:
        """Add to the history of an imported run; what it has already is passed over."""
        body = {"events": list(events)}
        response = await self._request("POST", f"/runs/{run_id}/events", json=body)
        return ImportProgress.model_validate_json(response.content)

    async def sign_in_link(self) -> SignInLink:
        return SignInLink.model_validate_json(
            (await self._request("POST", "/session/links")).content
        )

    def tokens(self) -> AsyncIterator[Token]:
        """One's own tokens that were not revoked."""
        return self._list("/tokens", Page[Token], {})

    async def create_token(
        self, name: str, permissions: list[str], project_id: str | None, days: int | None
    ) -> CreatedToken:
        body: dict[str, Any] = {"name": name, "permissions": permissions, "expires_in_days": days}
        if project_id:
            body["project_id"] = project_id
        response = await self._request("POST", "/tokens", json=body)
        return CreatedToken.model_validate_json(response.content)

    async def revoke_token(self, token_id: str) -> None:
        await self._request("DELETE", f"/tokens/{token_id}")

    def users(self) -> AsyncIterator[User]:
        return self._list("/users", Page[User], {})

    async def create_user(self, name: str, *, administrator: bool = False) -> SignInLink:
        """Open an account; return the link by which its person sets a password."""
        body = {"name": name, "administrator": administrator}
        response = await self._request("POST", "/users", json=body)
        return SignInLink.model_validate(response.json()["set_up"])

    async def invite(self, project_id: str, role: str) -> SignInLink:
        """Return a link that makes one person a member of a project."""
        path = f"/projects/{project_id}/invitations"
        response = await self._request("POST", path, json={"role": role})
        return SignInLink.model_validate(response.json()["link"])

    def projects(self) -> AsyncIterator[Project]:
        return self._list("/projects", Page[Project], {})

    def keys(self, project_id: str) -> AsyncIterator[Key]:
        """Keys of a project by their names; no answer holds a value."""
        return self._list(f"/projects/{project_id}/keys", Page[Key], {})

    async def set_key(self, project_id: str, name: str, value: str) -> Key:
        path = f"/projects/{project_id}/keys/{quote(name, safe='')}"
        return Key.model_validate_json(
            (await self._request("PUT", path, json={"value": value})).content
        )

    async def remove_key(self, project_id: str, name: str) -> None:
        await self._request("DELETE", f"/projects/{project_id}/keys/{quote(name, safe='')}")

    def workers(self) -> AsyncIterator[Worker]:
        """Workers, newest first."""
        return self._list("/workers", Page[Worker], {})

    async def order_worker(self, worker_id: str, verb: Literal["drain", "resume"]) -> Worker:
        """Have a worker take no more runs, or runs again."""
        response = await self._request("POST", f"/workers/{worker_id}/{verb}")
        return Worker.model_validate_json(response.content)

    async def wait(self, pipeline_id: str, patience: float = 900) -> AsyncIterator[Pipeline]:
        """Give the pipeline each time it has changed, the last time in its final state.

        A server that is away for less than `patience` seconds ends no wait: its runs go on too.
        """
        known = None
        heard = time.monotonic()
        while known is None or known.state not in FINAL_STATES:
            try:
                pipeline = await self.pipeline(pipeline_id)
            except ServerUnreachable:
                if time.monotonic() - heard > patience:
                    raise
            else:
                heard = time.monotonic()
                if pipeline != known:
                    known = pipeline
                    yield pipeline
            await asyncio.sleep(0.5)

    async def register_dataset(self, name: str, location: str) -> Registered:
        return await self._register("/datasets", name, location)

    def datasets(self) -> AsyncIterator[Dataset]:
        return self._list("/datasets", Page[Dataset], {})

    async def curated_datasets(self, run_id: str) -> list[CuratedDataset]:
        """What a curation ended in."""
        return [
            item async for item in self._list(f"/runs/{run_id}/datasets", Page[CuratedDataset], {})
        ]

    async def register_model(self, name: str, location: str) -> Registered:
        return await self._register("/models", name, location)

    def models(self) -> AsyncIterator[Registered]:
        return self._list("/models", Page[Registered], {})

    async def _register(self, path: str, name: str, location: str) -> Registered:
        response = await self._create(path, {"name": name, "location": location}, timeout=600)
        return Registered.model_validate_json(response.content)

    async def _list(
        self, path: str, page: type[Page[Item]], filters: Mapping[str, Any]
    ) -> AsyncIterator[Item]:
        parameters = {name: value for name, value in filters.items() if value is not None}
        while True:
            answer = await self._get(path, page, parameters)
            for item in answer.data:
                yield item
            if answer.next_cursor is None:
                return
            parameters["after"] = answer.next_cursor

    async def _get(
        self, path: str, shape: type[Shape], parameters: Mapping[str, Any] | None = None
    ) -> Shape:
        response = await self._request("GET", path, params=dict(parameters or {}))
        return shape.model_validate_json(response.content)

    async def _create(
        self, path: str, body: Mapping[str, Any] | None, key: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self._request("POST", path, json=body, headers=headers, **options)

    async def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        patience = islice(waits(0.1, 1.0), TRIES - 1)
        while True:
            wait = next(patience, None)
            try:
                response = await self._http.request(method, path, **content)
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
            await asyncio.sleep(wait)
