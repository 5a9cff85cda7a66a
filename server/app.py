"""The composition root: builds every part and mounts every route."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import APIRoute

from server.access import declarations
from server.alerts.endpoints import router as alerts
from server.artifacts.endpoints import router as artifacts
from server.artifacts.store import ArtifactStore
from server.audit_log.endpoints import router as audit_log
from server.audit_log.recorder import LoggedSession
from server.audits.endpoints import router as audits
from server.benchmarks.endpoints import router as benchmarks
from server.catalog.endpoints import router as catalog
from server.checkpoints.endpoints import router as checkpoints
from server.checkpoints.files import CheckpointFiles
from server.corpora.endpoints import router as corpora
from server.dashboard import Dashboard
from server.database import Database
from server.datasets.endpoints import router as datasets
from server.duties import Duties
from server.environments.endpoints import router as environments
from server.errors import CannotStart, install_error_handlers
from server.events.endpoints import router as events
from server.events.intake import Intake
from server.fleet.endpoints import router as fleet
from server.health.endpoints import router as health
from server.imports.endpoints import router as imports
from server.inspection import Inspector
from server.keys.endpoints import router as keys
from server.lineage.endpoints import router as lineage
from server.logs import configure_logs
from server.members.endpoints import router as members
from server.metrics.endpoints import router as metrics
from server.models.endpoints import router as models
from server.monitoring.endpoints import router as monitoring
from server.monitoring.meters import Meters
from server.mount import Mounted
from server.oidc.endpoints import router as oidc
from server.oidc.provider import Provider
from server.panels.endpoints import router as panels
from server.parts import Parts
from server.pipelines.endpoints import router as pipelines
from server.projects.endpoints import router as projects
from server.projects.service import create_default
from server.recent import Recent
from server.reference.endpoints import router as reference
from server.retention.endpoints import router as retention
from server.runs.endpoints import router as runs
from server.samples.endpoints import router as samples
from server.scoping import OWNERS, UNOWNED
from server.security import Guard
from server.sessions.endpoints import router as sessions
from server.settings import Settings
from server.signals import Signals
from server.storage.endpoints import router as storage
from server.stream.endpoints import router as stream
from server.stream.hub import Hub
from server.stream.permits import Permits
from server.studies.endpoints import router as studies
from server.tags.endpoints import router as tags
from server.tokens.endpoints import router as tokens
from server.users.endpoints import router as users
from server.users.installation import install
from server.views.endpoints import router as views
from server.webhooks.endpoints import router as webhooks
from server.workers.endpoints import router as workers
from server.workers.endpoints import worker_router

# What is asked most often comes first: each request is compared with one route after another.
ROUTERS = (
    worker_router, stream, metrics, health, catalog, sessions, oidc, tokens, users, projects,
    members, pipelines, runs, imports, events, audits, samples, checkpoints, corpora, artifacts,
    benchmarks, datasets, models, workers, audit_log, webhooks, keys, views, panels, tags, alerts,
    studies, fleet, storage, monitoring, retention, lineage, environments, reference,
)  # fmt: skip


ENGINE = (sys.executable, "-m", "prism_engine")


def create_app(settings: Settings, engine: tuple[str, ...] = ENGINE) -> FastAPI:
    """Build the application.

    Args:
        settings: what was configured.
        engine: the command that inspects data sets and models.

    Raises:
        CannotStart: a route says neither that it is public nor which permission it needs, or
            its path names something of which nobody has said whose it is.
    """
    configure_logs(settings.log_format, settings.log_level)
    app = FastAPI(
        title="PRISM Control",
        version=version("prism-control"),
        generate_unique_id_function=_operation_id,
        lifespan=_live,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.parts = build_parts(settings, engine)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    # What no route answers is a page or a file. Mounted at / it would also take what a route
    # answers for other methods, which is a 405 and not a 404.
    app.router.default = Dashboard(settings.prefix)
    refuse_undeclared(app)
    install_error_handlers(app)
    app.add_middleware(Guard, settings=settings)
    if settings.prefix:
        app.add_middleware(Mounted, prefix=settings.prefix)
    return app


def build_parts(settings: Settings, engine: tuple[str, ...] = ENGINE) -> Parts:
    """Build the objects that endpoints reach for; nothing is opened yet."""
    signals = Signals()
    database = Database(settings.database, signals, LoggedSession)
    return Parts(
        settings=settings,
        database=database,
        signals=signals,
        recent_actors=Recent(signals),
        recent_projects=Recent(signals),
        intake=Intake(database),
        artifacts=ArtifactStore(settings.artifact_store),
        checkpoints=CheckpointFiles(settings.artifact_store),
        inspector=Inspector(engine),
        hub=Hub(database, signals),
        permits=Permits(database),
        meters=Meters(),
        provider=_provider(settings),
    )


def _provider(settings: Settings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        f"{settings.public_url}/api/v1/session/oidc/callback",
    )


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    """Run the duties and the hub; the database is prepared by then."""
    parts: Parts = app.state.parts
    _prepare_home(parts.settings)
    async with parts.database.writing() as session:
        await create_default(session)
        await install(session, parts.settings.home)
    duties = Duties(parts)
    await duties.prepare()
    running = [asyncio.create_task(duties.run()), asyncio.create_task(parts.hub.run())]
    try:
        yield
    finally:
        parts.signals.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await parts.intake.close()
        await parts.database.close()


def _prepare_home(settings: Settings) -> None:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.data_roots:
        (settings.home / "data").mkdir(exist_ok=True)


def refuse_undeclared(app: FastAPI) -> None:
    """Refuse routes that anybody could use by mistake. Raises `CannotStart`."""
    routes = declarations(app)
    if undeclared := [route.path for route in routes if route.access is None]:
        raise CannotStart(f"These routes declare no permission: {', '.join(undeclared)}")
    if hasty := [route.path for route in routes if not route.known_first]:
        raise CannotStart(
            "These routes open the database before they know for whom; name the actor before the "
            f"session: {', '.join(hasty)}"
        )
    parameters = frozenset[str]().union(*(route.parameters for route in routes))
    if unknown := parameters - OWNERS.keys() - UNOWNED:
        raise CannotStart(f"server/scoping.py does not say whose these are: {sorted(unknown)}")


def _operation_id(route: APIRoute) -> str:
    return route.name
