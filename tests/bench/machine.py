"""On what was measured: figures of two machines, or of two Pythons, say nothing about each other."""

import os
import platform
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import redis

LIBRARIES = ("django", "django-ninja", "granian", "huey", "psycopg", "pydantic")
DATABASE_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


def facts(*, postgres: str, valkey: str) -> dict[str, Any]:
    """The processor, the interpreter and how it was built, the servers and what they promise."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu(),
        "memory_gib": _memory_gib(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": {
            "version": platform.python_version(),
            "build": " ".join(platform.python_build()),
            "compiler": platform.python_compiler(),
            # A Python built without them is about a quarter slower.
            "optimized": _built_with("--enable-optimizations"),
            "link_time_optimized": _built_with("--with-lto"),
        },
        "postgresql": _postgresql(postgres),
        "valkey": _valkey(valkey),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _cpu() -> str:
    with_names = Path("/proc/cpuinfo")
    if with_names.exists():
        for line in with_names.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None


def _built_with(option: str) -> bool:
    return option in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def _postgresql(url: str) -> dict[str, str]:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [[*DATABASE_SETTINGS]]
        )
        return {str(name): str(setting) for name, setting in rows}


def _valkey(url: str) -> dict[str, str]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        told: dict[str, Any] = client.info("server")
    return {name: str(told[name]) for name in ("valkey_version", "redis_version") if name in told}
