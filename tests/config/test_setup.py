"""The set-up: when it does nothing, what it tries, and what it says when it cannot go on."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import setup

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a lock and nothing else."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("django==5.2.19\n")
    return tmp_path


@pytest.fixture
def steps(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps a set-up took; none of them really installs anything."""
    taken: list[str] = []

    def make_environment(venv: Path) -> None:
        taken.append("environment")
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        (venv / "bin" / "python").touch()

    def install_packages(python: Path, lock: Path) -> None:
        taken.append(lock.name)

    monkeypatch.setattr(setup, "make_environment", make_environment)
    monkeypatch.setattr(setup, "install_packages", install_packages)
    return taken


@pytest.fixture(autouse=True)
def nothing_is_known_yet() -> Iterator[None]:
    setup.python_with_pip.cache_clear()
    yield
    setup.python_with_pip.cache_clear()


def no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "find_pythons", list)
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_the_first_start_installs_and_the_second_does_nothing(checkout: Path, steps: list[str]) -> None:
    python = setup.install(checkout, "run")
    assert python == checkout / ".venv" / "bin" / "python"
    assert steps == ["environment", "run.txt"]
    setup.install(checkout, "run")
    assert steps == ["environment", "run.txt"]


def test_a_changed_lock_is_installed(checkout: Path, steps: list[str]) -> None:
    setup.install(checkout, "run")
    (checkout / "requirements" / "run.txt").write_text("django==5.2.20\n")
    setup.install(checkout, "run")
    assert steps.count("run.txt") == 2


def test_the_two_locks_are_told_apart(checkout: Path, steps: list[str]) -> None:
    (checkout / "requirements" / "dev.txt").write_text("pytest==9.2.0\n")
    setup.install(checkout, "run")
    setup.install(checkout, "dev")
    assert steps == ["environment", "run.txt", "environment", "dev.txt"]


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path, steps: list[str]) -> None:
    setup.install(checkout, "run")
    (checkout / ".venv" / "bin" / "python").unlink()
    (checkout / ".venv" / "bin" / "python").symlink_to(checkout / "no-such-python")
    python = checkout / ".venv" / "bin" / "python"
    stamp = checkout / ".venv" / ".installed-run"
    assert not setup.is_current(stamp, python, stamp.read_text())


def test_a_failed_installation_is_tried_again(
    checkout: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(python: Path, lock: Path) -> None:
        raise SystemExit("no network")

    with monkeypatch.context() as patch:
        patch.setattr(setup, "install_packages", broken)
        with pytest.raises(SystemExit):
            setup.install(checkout, "run")
    setup.install(checkout, "run")
    assert steps[-1] == "run.txt"


def test_two_starts_together_install_once(checkout: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.Event()
    go_on = threading.Event()

    def slow(python: Path, lock: Path) -> None:
        inside.set()
        assert go_on.wait(10)
        steps.append(lock.name)

    monkeypatch.setattr(setup, "install_packages", slow)
    monkeypatch.setattr(setup, "say", lambda text: go_on.set() if "another set-up" in text else None)
    first = threading.Thread(target=setup.install, args=(checkout, "run"))
    first.start()
    assert inside.wait(10)
    # Says that it waits, which lets the first one go on.
    setup.install(checkout, "run")
    first.join()
    assert steps.count("run.txt") == 1


def test_without_any_python_it_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_python(monkeypatch)
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer .* apt-get install -y python3-venv make"):
        setup.make_environment(tmp_path / ".venv")


def test_a_python_without_venv_and_pip_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = tmp_path / ".venv"

    def only_starts_to(*command: object, quiet: bool = False) -> bool:
        if "venv" in command:
            (venv / "bin").mkdir(parents=True, exist_ok=True)
        return False

    no_python(monkeypatch)
    monkeypatch.setattr(setup, "find_pythons", lambda: ["/usr/bin/python3"])
    monkeypatch.setattr(setup, "succeeds", only_starts_to)
    with pytest.raises(SystemExit, match="python3-venv"):
        setup.make_environment(venv)
    assert not venv.exists()


def test_packages_that_cannot_be_had_end_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_python(monkeypatch)
    monkeypatch.setattr(setup, "succeeds", lambda *command, **options: False)
    with pytest.raises(SystemExit, match="could not be installed") as ended:
        setup.install_packages(tmp_path / "bin" / "python", tmp_path / "run.txt")
    assert "\n" not in str(ended.value)


def only(monkeypatch: pytest.MonkeyPatch, *starts: str) -> list[list[str]]:
    """Of all commands only those that begin so succeed; answers what was tried. There is no uv."""
    tried: list[list[str]] = []

    def succeeds(*command: object, quiet: bool = False) -> bool:
        tried.append([str(part) for part in command])
        return " ".join(tried[-1]).startswith(starts)

    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(setup, "find_pythons", lambda: ["first", "second", "third"])
    monkeypatch.setattr(setup, "succeeds", succeeds)
    return tried


def test_where_the_first_python_cannot_make_one_the_next_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = only(monkeypatch, "second -m venv", "third -m pip")
    setup.make_environment(tmp_path / ".venv")
    assert [python for python, *rest in tried if "venv" in rest] == ["first", "second"]


def test_a_pip_of_its_own_is_made_only_where_no_python_outside_can_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "bin" / "python"
    tried = only(monkeypatch, "second -m pip", f"{python} -m ensurepip", f"{python} -m pip install")
    pips = setup.pips(python)
    assert next(pips) == ["second", "-m", "pip", "--python", python]
    assert not [command for command in tried if "ensurepip" in command]
    # One too old for that, say.
    assert next(pips) == [python, "-m", "pip"]
    assert "ensurepip" in tried[-1]


@pytest.fixture
def pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """`pythons(first="3 11 0.02", ...)` makes programs that answer a probe so, in folders that stand on PATH in this
    order, and returns the names in the order in which they would be taken."""
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))

    def found(**answers: str) -> list[str]:
        for name, answer in answers.items():
            program = tmp_path / name / "python3"
            program.parent.mkdir()
            program.write_text(f"#!/bin/sh\nprogram={program}\n{answer}\n")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", ":".join(str(tmp_path / name) for name in answers))
        setup.find_pythons.cache_clear()
        return [Path(python).parent.name for python in setup.find_pythons()]

    yield found
    setup.find_pythons.cache_clear()


def test_a_python_on_path_that_does_not_run_or_is_too_old_is_passed_over(pythons: Callable[..., list[str]]) -> None:
    assert pythons(
        shim="exit 127", old="echo 3 9 0.02 $program", silent="exit 0", works="echo 3 12 0.02 $program"
    ) == ["works"]


def test_a_much_quicker_build_of_the_same_version_goes_first(pythons: Callable[..., list[str]]) -> None:
    assert pythons(
        slow="echo 3 11 0.020 $program",
        a_little="echo 3 11 0.017 $program",
        quick="echo 3 11 0.012 $program",
        other="echo 3 13 0.001 $program",
    ) == ["quick", "slow", "a_little", "other"]


def test_one_that_was_held_up_the_first_time_is_known_as_quick_all_the_same(
    pythons: Callable[..., list[str]], tmp_path: Path
) -> None:
    been = tmp_path / "been"
    held_up = f"if [ -e {been} ]; then echo 3 11 0.012 $program; else : > {been}; echo 3 11 0.030 $program; fi"
    assert pythons(slow="echo 3 11 0.020 $program", quick=held_up) == ["quick", "slow"]


def test_a_build_that_is_a_little_quicker_changes_nothing(pythons: Callable[..., list[str]]) -> None:
    assert pythons(first="echo 3 11 0.020 $program", a_little="echo 3 11 0.017 $program") == ["first", "a_little"]


def test_a_script_that_starts_another_of_them_is_passed_over(
    pythons: Callable[..., list[str]], tmp_path: Path
) -> None:
    real = tmp_path / "real" / "python3"
    assert pythons(shim=f"exec {real}", real="echo 3 11 0.020 $program") == ["real"]
    assert pythons(only=f"echo 3 11 0.020 {tmp_path / 'elsewhere'}") == ["only"]


def test_this_python_answers_the_probe() -> None:
    answer = setup.probe(sys.executable)
    assert answer is not None
    version, seconds, program = answer
    assert program == os.path.realpath(sys.executable)
    assert version == sys.version_info[:2]
    assert 0 < seconds < 5


@pytest.mark.parametrize("arguments", [[], ["everything"], ["run", "manage.py"]])
def test_a_wrong_call_shows_how_it_is_meant(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "config" / "setup.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == setup.USAGE


def test_it_becomes_the_command(checkout: Path) -> None:
    (checkout / "config").mkdir()
    (checkout / "config" / "setup.py").write_bytes((ROOT / "config" / "setup.py").read_bytes())
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    lock = (checkout / "requirements" / "run.txt").read_bytes()
    (checkout / ".venv" / ".installed-run").write_text(hashlib.sha256(lock).hexdigest())
    command = ["run", "--", "-c", "import os, sys; print(os.getcwd(), sys.dont_write_bytecode); sys.exit(7)"]
    done = subprocess.run(
        [sys.executable, checkout / "config" / "setup.py", *command],
        capture_output=True, text=True, check=False, cwd="/", env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    # Its modules are compiled once, whatever the person's own programs do.
    assert (done.returncode, done.stdout.strip(), done.stderr) == (7, f"{checkout} False", "")


def test_an_old_python_can_at_least_read_it() -> None:
    ast.parse((ROOT / "config" / "setup.py").read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("name", [*setup.LOCKS, "china"])
def test_a_lock_has_hashes_and_no_addresses(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert not re.search(r"://|--(index|extra-index|find-links)", lock)
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert len(blocks) > 20
    assert not [block for block in blocks if "==" not in block or "--hash=sha256:" not in block]


def test_both_locks_agree_on_every_version() -> None:
    run, dev = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        for name in ("run", "dev")
    )
    assert run < dev
