"""Writes `asynchronous.py`: the client of `client.py`, every method to be awaited.

`python -m prism_client.twin` after a change of the client; a test fails while the two differ. What
waits for the network becomes `async`, and so does whoever calls it; iterators become asynchronous
ones.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
ORIGINAL, TWIN = PACKAGE / "client.py", PACKAGE / "asynchronous.py"

SAYS = "The same API to await. Generated from `client.py` by `python -m prism_client.twin`."
NAMES = {
    "Client": "AsyncClient",
    "BaseTransport": "AsyncBaseTransport",
    "Iterator": "AsyncIterator",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "close": "aclose",
    "read": "aread",
    "iter_bytes": "aiter_bytes",
}
NETWORK = frozenset({"self._http.request", "self._http.close", "response.read", "time.sleep"})
STREAMS = frozenset({"self._http.stream", "response.iter_bytes"})
"""What is waited for, and what is entered or gone through while waiting."""

FORMATTING = (
    ("check", "--quiet", "--fix", "--select", "F401,I", "-"),
    ("format", "--quiet", "-"),
)


def twin(original: str) -> str:
    """Return the text of the asynchronous client."""
    tree = ast.parse(original)
    (client,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    head = [ast.unparse(node) for node in imports]
    shared = f"from prism_client.client import {', '.join(_names(tree))}"
    transformed = _Awaiting(client).visit(client)
    parts = [
        f'"""{SAYS}"""',
        *head,
        "import asyncio",
        "from collections.abc import AsyncIterator",
        shared,
    ]
    text = "\n".join([*parts, "", ast.unparse(ast.fix_missing_locations(transformed))])
    for arguments in FORMATTING:
        text = _ruff(text, *arguments)
    return text


def _names(tree: ast.Module) -> list[str]:
    """What stands beside the class, for both clients."""
    assigned = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [*(ast.unparse(target) for target in assigned), *functions]


def _ruff(text: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(TWIN)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return done.stdout


class _Awaiting(ast.NodeTransformer):
    """Awaits whatever reaches the network."""

    def __init__(self, client: ast.ClassDef) -> None:
        methods = [node for node in client.body if isinstance(node, ast.FunctionDef)]
        self._iterators = {method.name for method in methods if _gives_iterator(method)}
        self._waiting: set[str] = set()
        while more := {m.name for m in methods if self._waits(m)} - self._waiting:
            self._waiting |= more

    def _waits(self, node: ast.AST) -> bool:
        """Whether it reaches the network, itself or by what it calls."""
        return any(
            isinstance(call, ast.Call) and (self._is_awaited(call) or self._is_listed(call))
            for call in ast.walk(node)
        )

    def _is_awaited(self, call: ast.Call) -> bool:
        reached = ast.unparse(call.func)
        name = reached.removeprefix("self.")
        return reached in NETWORK or (reached != name and name in self._waiting - self._iterators)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        waits = self._waits(node)
        self.generic_visit(node)
        # An iterator that is another's is handed on without waiting for it.
        asynchronous = waits or node.name in ("__enter__", "__exit__")
        if node.name in NAMES:
            node.name = NAMES[node.name]
        return ast.AsyncFunctionDef(**vars(node)) if asynchronous else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        awaited = self._is_awaited(node)
        listed = self._is_listed(node)
        reached = ast.unparse(node.func)
        self.generic_visit(node)
        if listed:
            comprehension = f"[item async for item in {ast.unparse(node.args[0])}]"
            return ast.parse(comprehension, mode="eval").body
        if reached == "time.sleep":
            node.func = ast.parse("asyncio.sleep", mode="eval").body
        return ast.Await(node) if awaited else node

    def _is_listed(self, call: ast.Call) -> bool:
        """Whether all of an iterator of ours is taken at once."""
        given = call.args[0] if ast.unparse(call.func) == "list" else None
        if not isinstance(given, ast.Call):
            return False
        return ast.unparse(given.func).removeprefix("self.") in self._iterators

    def visit_With(self, node: ast.With) -> ast.AST:
        streams = _streams(node.items[0].context_expr)
        self.generic_visit(node)
        return ast.AsyncWith(**vars(node)) if streams else node

    def visit_For(self, node: ast.For) -> ast.AST:
        streams = _streams(node.iter)
        self.generic_visit(node)
        return ast.AsyncFor(**vars(node)) if streams else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Asynchronous generators know no `yield from`."""
        if not isinstance(node.value, ast.YieldFrom):
            return self.generic_visit(node)
        given = ast.unparse(node.value.value)
        return ast.parse(f"for item in {given}:\n    yield item").body[0]

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = NAMES.get(node.id, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = NAMES.get(node.attr, node.attr)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = NAMES[node.name]
        return node


def _streams(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in STREAMS


def _gives_iterator(method: ast.FunctionDef) -> bool:
    return method.returns is not None and ast.unparse(method.returns).startswith("Iterator")


if __name__ == "__main__":
    TWIN.write_text(twin(ORIGINAL.read_text(encoding="utf-8")), encoding="utf-8")
