"""What has been done to servers like this one, tried against it.

Every attack tries several ways and yields (what was tried, whether it worked). Each class of them
has happened to a tracker or a training service: traversal in fetching artifacts, routes without a
check, requests from other sites, stored scripts, bombs.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

from httpx import AsyncClient, Response
from sqlalchemy import select

from server.access import declarations
from server.actors import Scope
from server.tables import Pipeline
from tests.server.world import RLVR, SFT, World, good, recipe

Tries = AsyncIterator[tuple[str, bool]]
Attack = Callable[[World], Tries]

PASSWORD = "correct horse battery"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"

# What an attacker would ask for, on whatever machine this runs.
CLIMBS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "..\\..\\etc\\passwd",
    "//proc/self/root/etc/passwd",
    "file:///etc/passwd",
    "#/../../etc/passwd",
    "a;/../../etc/passwd",
    "%00/etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\win.ini",
)


def leaked(response: Response) -> bool:
    """Whether a file of this machine came back, or the server broke over it."""
    return response.status_code >= 500 or "root:" in response.text


async def account(world: World, name: str) -> AsyncClient:
    """Return the browser of somebody who has just set a password."""
    made = good(await world.admin.post("/users", json={"name": name}))
    body = {"secret": made["set_up"]["url"].partition("#")[2], "password": PASSWORD}
    browser = world.browser()
    good(await browser.post("/session/set-up", json=body))
    return browser


async def requests_from_other_sites(world: World) -> Tries:
    browser = await account(world, "mara")
    await world.admin.patch(f"/users/{good(await browser.get('/session'))['id']}",
                            json={"administrator": True})  # fmt: skip
    before = len(good(await world.admin.get("/projects"))["data"])
    origins = [
        {}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost.evil"},
        {"Origin": "http://localhost:1"}, {"Origin": "https://localhost"}, {"Origin": ""},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example", "Referer": "http://localhost/"},
    ]  # fmt: skip
    cookie = {"Cookie": f"prism_session={browser.cookies['prism_session']}"}
    for headers in origins:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
                await world.anybody.request(
                    method, "/projects", content='{"name": "planted"}',
                    headers={**cookie, **headers, "Content-Type": kind},
                )  # fmt: skip
        yield (
            f"write with {headers}",
            len(good(await world.admin.get("/projects"))["data"]) > before,
        )
    preflight = await world.anybody.options(
        "/projects",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    yield "preflight", "access-control-allow-origin" in preflight.headers
    read = await world.anybody.get("/session", headers={**cookie, "Origin": "http://evil.example"})
    yield "read", "access-control-allow-origin" in read.headers


async def names_that_are_not_ours(world: World) -> Tries:
    for host in (
        "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localhost@evil.example",
        "evil.example#localhost", "localhost evil.example", "[::1", "", "0x7f000001",
    ):  # fmt: skip
        response = await world.admin.get("/session", headers={"Host": host})
        yield f"Host {host}", response.status_code != 403
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    link = good(await world.admin.post("/session/links", headers=headers))["url"]
    yield "link to a forwarded host", "evil.example" in link


async def fixed_sessions(world: World) -> Tries:
    await account(world, "mara")
    browser = world.browser()
    browser.cookies.set("prism_session", "planted", domain="localhost.local")
    body = {"name": "mara", "password": PASSWORD}
    good(await browser.post("/session/password", json=body))
    thief = world.browser()
    thief.cookies.set("prism_session", "planted", domain="localhost.local")
    yield "a planted cookie becomes a session", (await thief.get("/session")).is_success
    one, two = world.browser(), world.browser()
    for each in (one, two):
        good(await each.post("/session/password", json=body))
    yield (
        "two browsers share a session",
        one.cookies["prism_session"] == two.cookies["prism_session"],
    )
    stolen = one.cookies["prism_session"]
    await one.delete("/session")
    thief.cookies.clear()
    thief.cookies.set("prism_session", stolen, domain="localhost.local")
    yield "a session after signing out", (await thief.get("/session")).is_success


async def paths_that_climb(world: World) -> Tries:
    for climb in CLIMBS:
        for base in ("/artifacts/", "/runs/", "/pipelines/", "/datasets/", "/projects/"):
            yield f"GET {base}{climb}", leaked(await world.admin.get(f"{base}{climb}"))
            yield (
                f"GET {base}{quote(climb, safe='')}",
                leaked(await world.admin.get(f"{base}{quote(climb, safe='')}")),
            )
        for page in (f"http://localhost/{climb}", f"http://localhost/assets/{climb}"):
            yield f"GET {page}", leaked(await world.anybody.get(page))
        for resource in ("/datasets", "/models"):
            response = await world.admin.post(resource, json={"name": "x", "location": climb})
            yield f"register {resource} {climb}", response.status_code != 422
        response = await world.worker.put(f"/worker/artifacts/{climb}", content=b"x")
        yield f"PUT artifact {climb}", response.is_success or response.status_code >= 500
        body = {"recipe": recipe(sft=SFT | {"policy": {"model": climb}})}
        response = await world.admin.post("/pipelines", json=body)
        yield f"launch of {climb}", response.status_code != 422
    link = world.settings.roots[0] / "link"
    link.symlink_to("/etc")
    response = await world.admin.post("/datasets", json={"name": "x", "location": "link/passwd"})
    yield "register through a symlink", response.status_code != 422


async def addresses_to_fetch(world: World) -> Tries:
    """No field makes the server fetch an address."""
    for address in (
        "http://169.254.169.254/latest/meta-data", "http://127.0.0.1:22", "gopher://127.0.0.1/x",
        "http://[::1]/", "https://localhost@169.254.169.254/", "s3://bucket/x", "hf://datasets/x",
    ):  # fmt: skip
        for resource in ("/datasets", "/models"):
            response = await world.admin.post(resource, json={"name": "x", "location": address})
            yield f"{resource} from {address}", response.status_code != 422
        body = {"recipe": recipe(sft=SFT | {"policy": {"model": address}})}
        yield f"model {address}", (await world.admin.post("/pipelines", json=body)).is_success


async def headers_that_inject(world: World) -> Tries:
    for poison in ("x%0d%0aSet-Cookie:%20a=b", "x%0aX-Evil:%201", "x\u2028y"):
        for path in (f"/runs/{poison}", f"/artifacts/{poison}", f"http://localhost/{poison}"):
            response = await world.admin.get(path)
            yield f"GET {path}", "x-evil" in response.headers or "set-cookie" in response.headers
    key = {"Idempotency-Key": "x" * 5000}
    response = await world.admin.post("/pipelines", json={"recipe": recipe()}, headers=key)
    yield "a key of 5000 letters", response.status_code != 422


async def bodies_that_are_too_much(world: World) -> Tries:
    huge = b'{"recipe": "' + b"x" * (40 * 2**20) + b'"}'
    deep = '{"recipe": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}"
    brackets = '{"recipe": ' + "[" * 100_000 + "]" * 100_000 + "}"
    aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
    )
    number = '{"recipe": {"name": "x", "seed": ' + "9" * 100_000 + "}}"
    kind = {"Content-Type": "application/json"}
    for name, content in (
        ("40 MiB", huge), ("deep objects", deep), ("deep lists", brackets),
        ("a billion laughs", json.dumps({"recipe": aliases})),
        ("a number of 100,000 digits", number),
    ):  # fmt: skip
        for path in ("/pipelines", "/pipelines:validate"):
            began = time.process_time()
            response = await world.admin.post(path, content=content, headers=kind)
            slow = time.process_time() - began > 10
            yield f"{name} to {path}", response.status_code >= 500 or slow
    # Nobody has to be known for a server to read a body.
    for path in ("/session", "/session/password", "/pipelines", "/tokens"):
        response = await world.anybody.post(path, content=huge, headers=kind)
        yield f"40 MiB from nobody to {path}", response.status_code != 413
    bomb = gzip.compress(b"0" * 50_000_000)
    for path in ("/session", "/pipelines"):
        response = await world.admin.post(
            path, content=bomb, headers=kind | {"Content-Encoding": "gzip"}
        )
        yield f"gzip bomb to {path}", response.is_success or response.status_code >= 500


async def images_that_are_bombs(world: World) -> Tries:
    import struct
    import zlib
    from hashlib import sha256

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    path = f"/projects/{await world.default_project()}/images"
    signature = b"\x89PNG\r\n\x1a\n"
    wide = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    texts = b"".join(chunk(b"zTXt", b"k\0\0" + zlib.compress(b"0" * 2_000_000)) for _ in range(50))
    small = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 4)) + chunk(b"IEND", b"")
    for name, content in (
        ("60,000 pixels a side", signature + chunk(b"IHDR", wide) + pixels),
        ("texts of 100 MB", signature + chunk(b"IHDR", small) + texts + pixels),
        ("a script", SCRIPT.encode()),
        ("an SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("a pickle", b"cos\nsystem\n(S'id'\ntR."),
    ):
        digest = sha256(content).hexdigest()
        began = time.process_time()
        response = await world.worker.put(f"/worker/artifacts/{digest}", content=content)
        uploaded = await world.admin.post(path, content=content)
        slow = time.process_time() - began > 10
        yield name, response.is_success or response.status_code >= 500 or slow
        yield f"{name}, uploaded", uploaded.is_success or uploaded.status_code >= 500
    response = await world.worker.put(f"/worker/artifacts/{'0' * 64}", content=b"x" * (9 * 2**20))
    yield "9 MiB", response.status_code not in (413, 422)
    uploaded = await world.admin.post(path, content=b"x" * (17 * 2**20))
    yield "17 MiB, uploaded", uploaded.status_code != 413


async def fields_that_are_not_for_clients(world: World) -> Tries:
    project = await world.default_project()
    mara = await world.person("mara", {project: "admin"})
    mine = {
        "administrator": True,
        "role": "admin",
        "user_id": "usr_0",
        "id": "prj_0",
        "scope": None,
    }
    bodies: dict[str, dict[str, Any]] = {
        "/pipelines": {"recipe": recipe(), "created_by": "root", "state": "succeeded"},
        "/tokens": {"name": "x", "permissions": ["read"], "user_id": "usr_0", "queues": ["a"]},
        f"/projects/{project}/invitations": {"role": "viewer", "project_id": "prj_0"},
        "/session/password": {"name": "mara", "password": PASSWORD} | mine,
    }
    for path, body in bodies.items():
        yield f"POST {path}", (await mara.post(path, json=body)).status_code != 422
    for role in ("owner", "administrator", "worker", "", None, ["admin"], {"admin": 1}):
        response = await mara.post(f"/projects/{project}/invitations", json={"role": role})
        yield f"invitation as {role}", response.status_code != 422
    me = good(await mara.get("/session"))["id"]
    response = await mara.patch(f"/users/{me}", json={"administrator": True})
    yield "making oneself administrator", response.status_code != 403


async def things_of_other_projects(world: World) -> Tries:
    launched = await world.launch()
    names = {
        "project_id": launched["project_id"],
        "pipeline_id": launched["id"],
        "run_id": launched["runs"][0]["id"],
    }
    lease = await world.claim()
    await lease.start()
    mine = await world.new_project("mine")
    olga = await world.person("olga", {mine: "admin"})
    for route in declarations(world.app):
        named = route.parameters & names.keys()
        if not named or route.access == "work":
            continue
        path = route.path.removeprefix("/api/v1")
        for name in route.parameters:
            path = path.replace(f"{{{name}}}", names.get(name, "unknown"))
        for method in route.methods:
            response = await olga.request(method, path, json={"role": "admin"})
            # Who may not in any project is told so whether or not there is such a thing.
            closed = 403 if route.access == "operate" else 404
            yield f"{method} {path}", response.status_code != closed
    topics = f"run:{names['run_id']},pipeline:{names['pipeline_id']}"
    yield "stream", (await olga.get("/stream", params={"topics": topics})).status_code != 404
    body = {"recipe": recipe(), "project_id": names["project_id"]}
    yield "launch there", (await olga.post("/pipelines", json=body)).status_code != 404
    for path in ("/runs", "/pipelines", "/results", "/projects", "/workers", "/audit-log"):
        for query in ({}, names):
            text = (await olga.get(path, params=query)).text
            yield f"GET {path} {list(query)}", any(name in text for name in names.values())
    response = await olga.post(f"{lease.path}/heartbeat", json={})
    yield "a worker's heartbeat by a person", response.status_code != 403
    stranger = await world.another_worker()
    for verb in ("heartbeat", "events", "exit", "checkpoints"):
        bodies = {"events": {"source": "engine", "events": []}, "exit": {"kind": "succeeded"},
                  "checkpoints": {"step": 1, "kind": "exported", "role": "policy", "location": "x",
                                  "size": 1, "manifest": {"files": {}}}}  # fmt: skip
        response = await stranger.post(f"{lease.path}/{verb}", json=bodies.get(verb, {}))
        yield f"{verb} of another worker's lease", response.is_success


async def tokens_that_reach_further(world: World) -> Tries:
    project = await world.default_project()
    other = await world.new_project("other")
    everything = ["account", "read", "launch", "administer", "operate"]
    for name, scope in (
        ("reading", Scope(frozenset({"identify", "account", "read"}))),
        ("of one project", Scope(projects=frozenset({project}))),
    ):
        client = await world.person(name.replace(" ", "-"), administrator=True, scope=scope)
        for wanted in everything[2:]:
            body = {"name": "wider", "permissions": [wanted]}
            yield f"{name} makes {wanted}", (await client.post("/tokens", json=body)).is_success
        for method, path in (
            ("GET", "/users"), ("POST", "/projects"), ("POST", "/session/links"),
            ("GET", f"/projects/{other}/invitations"), ("GET", f"/projects/{other}/keys"),
            ("POST", "/worker-tokens"),
        ):  # fmt: skip
            response = await client.request(method, path, json={"name": "x"})
            yield f"{name}: {method} {path}", response.status_code not in (403, 404)
    viewer = await world.person("vera", {project: "viewer"})
    body = {"name": "wide", "permissions": everything}
    made = good(await viewer.post("/tokens", json=body))
    wide = world.client(made["secret"])
    for method, path in (("POST", "/pipelines"), ("GET", "/users"), ("GET", "/audit-log")):
        response = await wide.request(method, path, json={"recipe": recipe()})
        yield f"a viewer's token: {method} {path}", response.status_code != 403
    secret = made["secret"]
    for forged in (secret[:-1], secret + "x", secret.upper(), "prism_", "' OR 1=1 --", "\udcff"):
        header = f"Bearer {forged}".encode("utf-8", "surrogateescape")
        response = await world.anybody.get("/runs", headers={b"Authorization": header})
        yield f"forged token {forged!r}", response.status_code != 401
    for header in (f"Basic {secret}", secret, "Bearer", f"bearer\t{secret}", f"Bearer  {secret} x"):
        response = await world.anybody.get("/runs", headers={"Authorization": header})
        yield f"header {header[:9]}", response.status_code != 401
    yield "token in the address", (await world.anybody.get(f"/runs?token={secret}")).is_success


POISON: tuple[Any, ...] = (
    SCRIPT, "a\0b", "\ud800", "\udfff\ud800", "\u202eevil", "x" * 200_000, 10**400, -(10**400),
    1e308,
    float("nan"), float("inf"), -0.0, 2**63, 2**31, -1, True, None, [], {}, [[[[[]]]]],
    {"$ne": 1}, "'; DROP TABLE run; --", "{{7*7}}", "=1+1", "\r\nX: y", "../../x",
)  # fmt: skip


ENVIRONMENT: dict[str, Any] = {
    "code": {}, "python": "3.11", "packages": {}, "platform": "Linux", "threads": 1, "seed": 0,
    "settings": {},
}  # fmt: skip


def _deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


async def events_that_are_poisoned(world: World) -> Tries:
    """A worker's engine may say anything: the history stays readable and the server up."""
    await world.launch(sft=SFT)
    lease = await world.claim()
    await lease.start()
    fields = ("step", "metrics", "text", "at", "stream", "type", "sample", "location", "kind")
    seq = lease.seq["engine"]
    for poison in POISON:
        for field in fields:
            for base in (
                {"type": "step_finished", "step": 1, "metrics": {"loss": 1.0}},
                {"type": "log", "stream": "stdout", "text": "hello"},
                {"type": "sample", "step": 1, "sample": {"id": "1"}},
            ):
                event = {"seq": next(seq), "at": "2026-01-01T00:00:00Z", **base, field: poison}
                yield f"{base['type']}.{field} = {str(poison)[:30]!r}", await _breaks(lease, event)
        named = {
            "type": "step_finished",
            "step": 2,
            "metrics": {"loss": poison, str(poison)[:90]: 1.0},
        }
        event = {"seq": next(seq), "at": "2026-01-01T00:00:00Z", **named}
        yield f"metric {str(poison)[:30]!r}", await _breaks(lease, event)
    for poison in (*POISON, _deep(150), _deep(450), _deep(900)):
        for field in ("settings", "code", "packages", "data", "gpus", "seed", "python"):
            environment = ENVIRONMENT | {field: poison}
            event = {"seq": next(seq), "at": "2026-01-01T00:00:00Z", "environment": environment}
            told = await _breaks(lease, event | {"type": "environment_recorded"})
            yield f"environment.{field} = {str(poison)[:30]!r}", told
        for environment in (
            ENVIRONMENT | {"settings": {"a": poison}},
            ENVIRONMENT | {"code": {"remote": poison, "changed": [poison]}},
            ENVIRONMENT | {"packages": {str(poison)[:200]: "1"}},
        ):
            patch = {"path": str(poison)[:500], "text": str(poison)}
            event = {"seq": next(seq), "at": "2026-01-01T00:00:00Z", "environment": environment}
            told = await _breaks(
                lease, event | {"type": "environment_recorded", "patches": [patch]}
            )
            yield f"patch and environment {str(poison)[:30]!r}", told
    for what in (
        "events", "logs", "samples", "metrics", "checkpoints", "audits", "attempts", "environment",
        "environment/patches",
    ):  # fmt: skip
        response = await world.admin.get(f"/runs/{lease.run_id}/{what}")
        harmless = response.headers["content-type"].startswith("application/json")
        yield f"reading {what}", not (response.is_success and harmless)
    sent = await lease.send(lease.event("step_finished", step=7, metrics={"loss": 1.0}))
    yield "the run goes on", sent["accepted"] != 1


async def _breaks(lease: Any, event: dict[str, Any]) -> bool:
    body = json.dumps({"source": "engine", "events": [event]})
    headers = {"Content-Type": "application/json"}
    response = await lease.world.worker.post(f"{lease.path}/events", content=body, headers=headers)
    if response.status_code == 422:
        # What is no JSON a server may refuse; the worker's own lines never are.
        return "NaN" not in body and "Infinity" not in body
    return response.status_code >= 400


async def scripts_that_are_stored(world: World) -> Tries:
    project = await world.new_project(SCRIPT)
    for path in (f"/projects/{project}", "/projects", "/audit-log"):
        response = await world.admin.get(path)
        yield (
            f"GET {path}",
            not (
                response.headers["content-type"] == "application/json"
                and response.headers["x-content-type-options"] == "nosniff"
                and "'unsafe-inline'"
                not in response.headers["content-security-policy"].split(";")[1]
            ),
        )
    response = await world.admin.get(f"/runs/{quote(SCRIPT, safe='')}")
    yield "in an error", response.headers["content-type"] != "application/problem+json"
    page = await world.anybody.get(f"http://localhost/runs/{quote(SCRIPT, safe='')}")
    yield "in a page", SCRIPT in page.text


async def filters_that_are_code(world: World) -> Tries:
    await world.launch()
    everything = {row["id"] for row in good(await world.admin.get("/runs"))["data"]}
    for injection in (
        "' OR '1'='1", "x' UNION SELECT digest FROM token --", "%' --", "__import__('os')",
        "{{7*7}}",
        "1; DROP TABLE run", "\0", "\ud800".encode("utf-8", "surrogatepass").decode("latin1"),
    ):  # fmt: skip
        for path, name in (
            ("/runs", "pipeline_id"), ("/runs", "state"), ("/runs", "after"),
            ("/pipelines", "after"),
            ("/pipelines", "project_id"), ("/results", "project_id"), ("/datasets", "after"),
            ("/audit-log", "kind"), ("/audit-log", "by"), ("/users", "after"),
            ("/stream", "topics"),
        ):  # fmt: skip
            response = await world.admin.get(path, params={name: injection})
            # The order of ids decides what comes after a cursor; a filter must find nothing.
            found = name != "after" and any(run in response.text for run in everything)
            yield f"{path}?{name}={injection!r}", response.status_code >= 500 or found
    left = {row["id"] for row in good(await world.admin.get("/runs"))["data"]}
    yield "the runs are still there", left != everything


async def links_used_twice_at_once(world: World) -> Tries:
    project = await world.default_project()
    for number in range(3):
        made = good(await world.admin.post("/users", json={"name": f"mara{number}"}))
        secret = made["set_up"]["url"].partition("#")[2]
        yield (
            "set-up link",
            await _wins(world, "/session/set-up", [{"secret": secret, "password": PASSWORD}] * 6),
        )
        secret = good(await world.admin.post("/session/links"))["url"].partition("#")[2]
        yield "sign-in link", await _wins(world, "/session", [{"secret": secret}] * 6)
        invitation = await world.admin.post(
            f"/projects/{project}/invitations", json={"role": "admin"}
        )
        secret = good(invitation)["link"]["url"].partition("#")[2]
        people = [
            {"secret": secret, "name": f"guest{number}-{guest}", "password": PASSWORD}
            for guest in range(6)
        ]
        yield "invitation", await _wins(world, "/session/invitation", people)


async def _wins(world: World, path: str, bodies: list[dict[str, Any]]) -> bool:
    """Whether more than one of many at once gets in."""
    posts: list[Awaitable[Response]] = [world.browser().post(path, json=body) for body in bodies]
    return sum(response.is_success for response in await asyncio.gather(*posts)) != 1


async def passwords_that_are_guessed(world: World) -> Tries:
    await account(world, "mara")

    async def seconds(name: str) -> float:
        """Of the processor, server included: what else the machine does must not count."""
        began = time.process_time()
        body = {"name": name, "password": "a wrong password"}
        response = await world.browser().post("/session/password", json=body)
        assert response.status_code == 401
        return time.process_time() - began

    known, unknown = [], []
    for number in range(5):
        known.append(await seconds("mara"))
        unknown.append(await seconds(f"nobody{number}"))
    ratio = statistics.median(known) / statistics.median(unknown)
    yield "the time tells which accounts there are", not 0.4 < ratio < 2.5
    for name, password in (
        ("mara", ""),
        ("mara", "\0"),
        ("admin", ""),
        ("MARA", PASSWORD),
        ("", ""),
    ):
        body = {"name": name, "password": password}
        response = await world.browser().post("/session/password", json=body)
        yield f"{name!r} with {password!r}", response.status_code not in (401, 422, 429)
    guesses = [
        world.browser().post("/session/password", json={"name": "mara", "password": f"guess {n}"})
        for n in range(20)
    ]
    codes = [response.status_code for response in await asyncio.gather(*guesses)]
    yield "twenty guesses at once", codes.count(401) > 2


async def tokens_of_workers(world: World) -> Tries:
    """What lies on a GPU host opens nothing but the worker's endpoints."""
    await world.launch(sft=SFT, rlvr=RLVR)
    for route in declarations(world.app):
        if route.access in ("work", "public"):
            continue
        path = route.path.removeprefix("/api/v1").replace("{digest}", "0" * 64)
        for name in route.parameters:
            path = path.replace(f"{{{name}}}", "unknown")
        for method in route.methods:
            response = await world.worker.request(method, path)
            yield f"{method} {path}", response.status_code != 403
    async with world.parts.database.reading() as session:
        assert (await session.scalars(select(Pipeline))).all()


ATTACKS: tuple[Attack, ...] = (
    requests_from_other_sites, names_that_are_not_ours, fixed_sessions, paths_that_climb,
    addresses_to_fetch, headers_that_inject, bodies_that_are_too_much, images_that_are_bombs,
    fields_that_are_not_for_clients, things_of_other_projects, tokens_that_reach_further,
    events_that_are_poisoned, scripts_that_are_stored, filters_that_are_code,
    links_used_twice_at_once, passwords_that_are_guessed, tokens_of_workers,
)  # fmt: skip
