"""WebKitGTK as a tablet: a display without a screen, a driver, and a browser that can be killed and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from selenium.webdriver import WebKitGTK, WebKitGTKOptions, WebKitGTKService

from config.processes import end_with_parent

DRIVER = "WebKitWebDriver"
# The binding is the distribution's, and so is the only Python that finds it.
GI_PYTHON = "/usr/bin/python3"
PACKAGES = ("webkit2gtk-driver", "xvfb", "gir1.2-webkit2-4.1", "python3-gi", "fonts-noto-cjk")
SHELL = Path(__file__).with_name("shell.py")
# A busy machine is slow, and a page that finds no network asks again only after a while.
LONGEST_SECONDS = 60


@contextlib.contextmanager
def display() -> Iterator[str]:
    """A display larger than any tablet both ways; WebKitGTK cannot do without one."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1400x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        # It writes its number when it can be used, and nothing when it cannot start.
        number = pipe.readline().strip()
    assert number, "Xvfb did not start"
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


class Engine:
    """One WebKit with a profile of its own."""

    def __init__(self, display: str, folder: Path, size: tuple[int, int]) -> None:
        self.profile = folder / "profile"
        self.killed = False
        self.log = folder / "driver.log"
        width, height = size
        options = WebKitGTKOptions()
        options.binary_location = str(SHELL)
        for argument in (f"--profile={self.profile}", f"--width={width}", f"--height={height}"):
            options.add_argument(argument)
        service = WebKitGTKService(
            # Without a path Selenium would look for a driver elsewhere, and on other machines too.
            executable_path=shutil.which(DRIVER) or DRIVER,
            log_output=str(self.log),
            env={**os.environ, "DISPLAY": display, "NO_AT_BRIDGE": "1"},
        )
        self.driver = WebKitGTK(options=options, service=service)
        self.driver.set_page_load_timeout(LONGEST_SECONDS)
        self.driver.set_script_timeout(LONGEST_SECONDS)

    def resize(self, size: tuple[int, int]) -> None:
        self.driver.set_window_size(*size)

    def close(self) -> None:
        if not self.killed:
            self.driver.quit()

    def kill(self) -> None:
        """End the browser and all its processes at once, as a flat battery does; its profile stays."""
        for number in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.driver.service.stop()
        self.killed = True

    def _processes(self) -> list[int]:
        """The browser and whatever it has started, down to the last."""
        [browser] = [number for number, words in _running() if f"--profile={self.profile}" in words]
        found = [browser]
        for parent in found:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found


def _running() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield int(folder.name), (folder / "cmdline").read_text().split("\0")
