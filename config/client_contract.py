"""Writes the contracts of the apps as TypeScript, so that one Python diff changes both sides."""

import ast
import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from crm import contract as crm
from funnel import contract as funnel
from funnel.client import SHELL_PATHS
from messaging import contract as messaging

HEADER = "// Written by `manage.py build_client` from the Python contracts. Do not edit.\n"
APPS: dict[str, ModuleType] = {"crm": crm, "messaging": messaging, "funnel": funnel}
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def contract_files() -> dict[str, str]:
    """Return the TypeScript files by name: one for each app, and `contract.ts`, which gathers them.

    Each topic of an app has a file of its own, so that a tablet does not load what only managers read.
    """
    files: dict[str, str] = {}
    for app, contract in APPS.items():
        topics = {topic.__name__.replace(".contract", "").replace(".", "_"): topic for topic in _topics(contract)}
        files |= {f"{name}.ts": HEADER + "\n".join(_statements(topic)) + "\n" for name, topic in topics.items()}
        if app not in topics:
            files[f"{app}.ts"] = HEADER + "".join(f"export * from './{name}';\n" for name in topics)
    # The paths have a file of their own: the build's configuration reads it before there is a bundler.
    paths = f"export const SHELL_PATHS = {_literal(SHELL_PATHS)} as const;"
    gathered = [f"export * as {app} from './{app}';" for app in APPS] + ["export * from './paths';"]
    return files | {
        "paths.ts": f"{HEADER}{paths}\n",
        "contract.ts": HEADER + "\n".join(gathered) + "\n",
    }


def _statements(module: ModuleType) -> Iterator[str]:
    for name in _own_names(module):
        yield from _statement(name, getattr(module, name))


def _topics(contract: ModuleType) -> Iterator[ModuleType]:
    """The contract itself or, where it is a package, its modules in the order of their names."""
    if not hasattr(contract, "__path__"):
        yield contract
        return
    for found in pkgutil.iter_modules(contract.__path__):
        yield importlib.import_module(f"{contract.__name__}.{found.name}")


def _statement(name: str, value: Any) -> Iterator[str]:
    if get_origin(value) is Literal:
        yield f"export type {name} = {_union(get_args(value))};"
    elif _is_model(value):
        yield f"export type {name} = {_model_type(value)};"
    elif isinstance(value, dict) and value and all(map(_is_model, value.values())):
        yield f"export type {_as_type_name(name)} = {{"
        yield from (f"  {_literal(key)}: {_model_type(model)};" for key, model in value.items())
        yield "};"
    elif _is_plain(value):
        yield f"export const {name} = {_literal(value)} as const;"


def _own_names(module: ModuleType) -> Iterator[str]:
    """Public names that the module itself defines, in its own order; what it imports belongs to others."""
    for statement in ast.parse(inspect.getsource(module)).body:
        match statement:
            case (
                ast.ClassDef(name=name)
                | ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                if not name.startswith("_"):
                    yield name


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def _model_type(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    return _schema_type(schema, schema.get("$defs", {}))


def _schema_type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """The part of JSON Schema that pydantic uses for plain data, as a TypeScript type."""
    if "$ref" in schema:
        return _schema_type(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    if "anyOf" in schema:
        return " | ".join(_schema_type(choice, definitions) for choice in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return _union(schema.get("enum") or [schema["const"]])
    if schema.get("type") == "array":
        return f"({_schema_type(schema['items'], definitions)})[]"
    if schema.get("type") == "object":
        required = schema.get("required", ())
        fields = [
            f"{_literal(name)}{'' if name in required else '?'}: {_schema_type(field, definitions)}"
            for name, field in schema.get("properties", {}).items()
        ]
        if fields:
            return "{ " + "; ".join(fields) + " }"
        return "Record<string, unknown>" if schema.get("additionalProperties") else "Record<string, never>"
    return SCALARS[schema["type"]]


def _union(choices: tuple[Any, ...] | list[Any]) -> str:
    return " | ".join(map(_literal, choices))


def _as_type_name(name: str) -> str:
    return name.title().replace("_", "")


def _literal(value: Any) -> str:
    # A set has no order of its own: sorted, the same contract always gives the same file.
    return json.dumps(value, ensure_ascii=False, default=sorted)
