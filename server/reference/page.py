"""The OpenAPI document as a page to read, in Markdown."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]


def page(document: Document) -> str:
    """Return a section for every resource, and in it every operation."""
    by_tag = defaultdict[str, list[str]](list)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["server"])[0]
            by_tag[tag] += _operation(document, method.upper(), path, operation)
    lines = [f"# {document['info']['title']} {document['info']['version']}", ""]
    for tag, section in by_tag.items():
        lines += [f"## {tag.capitalize()}", "", *section]
    return "\n".join(lines)


def _operation(document: Document, method: str, path: str, operation: Document) -> Iterator[str]:
    yield from (f"### `{method} {path}`", "", operation.get("description", ""), "")
    parameters = [item for item in operation.get("parameters", []) if item["in"] != "header"]
    if parameters:
        yield from ("| parameter | in | type | |", "| --- | --- | --- | --- |")
        for item in parameters:
            kind, said = _type(item["schema"]), item.get("description", "")
            yield f"| `{item['name']}` | {item['in']} | {kind} | {_cell(said)} |"
        yield ""
    for title, content in _contents(operation):
        yield f"{title}: {_type(content['schema'])}"
        yield ""
        if (example := _example(document, content["schema"])) is not None:
            shown = json.dumps(example, indent=2, ensure_ascii=False)
            yield from ("```json", shown, "```", "")


def _contents(operation: Document) -> Iterator[tuple[str, Document]]:
    if "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            yield "Body", content
    for status, response in operation["responses"].items():
        for content in response.get("content", {}).values():
            if status != "default" and "schema" in content:
                yield f"Answers {status}", content


def _example(document: Document, schema: Document) -> Any:
    """Return the example of a schema, or of what it refers to."""
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    named = document["components"]["schemas"].get(name, schema)
    return next(iter(named.get("examples", [])), None)


def _type(schema: Document) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
