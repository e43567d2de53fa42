"""The tablet's own unit tests, written in TypeScript: Node runs them as they are."""

import subprocess

import pytest

from config.client_build import NODE, TABLET

# There is no database in a tablet's core.
pytestmark = pytest.mark.only_on("postgresql")


def test_every_unit_test_of_the_tablet_passes() -> None:
    files = sorted(str(path) for path in (TABLET / "tests").glob("*.test.ts"))
    assert files
    done = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", *files],
        cwd=TABLET,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    # A test that is left out passes for Node.
    for word in ("skipped", "todo", "cancelled"):
        assert f"# {word} 0" in done.stdout, done.stdout
