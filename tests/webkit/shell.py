#!/usr/bin/python3
"""The smallest browser around WebKitGTK that keeps its profile on the disk, as a tablet's does.

The one that comes with WebKit forgets everything when a driver's session ends. The driver starts this file with
`--profile=FOLDER --width=N --height=N`; it needs the distribution's own Python, which has the binding.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402 - the versions are chosen first


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    # The driver adds switches of its own.
    given, _ = parser.parse_known_args()
    given.profile.mkdir(parents=True, exist_ok=True)
    store = WebKit2.WebsiteDataManager(
        base_data_directory=str(given.profile / "data"), base_cache_directory=str(given.profile / "cache")
    )
    # Else the tablet's own cookie would die with the browser.
    store.get_cookie_manager().set_persistent_storage(
        str(given.profile / "cookies"), WebKit2.CookiePersistentStorage.SQLITE
    )
    context = WebKit2.WebContext.new_with_website_data_manager(store)
    context.set_automation_allowed(True)
    settings = WebKit2.Settings(
        enable_write_console_messages_to_stdout=True,
        hardware_acceleration_policy=WebKit2.HardwareAccelerationPolicy.NEVER,
    )
    view = WebKit2.WebView(web_context=context, settings=settings, is_controlled_by_automation=True)
    # Without decorations the page is exactly as large as the window.
    window = Gtk.Window(decorated=False, default_width=given.width, default_height=given.height)
    window.add(view)

    def begin(_context: Any, session: Any) -> None:
        application = WebKit2.ApplicationInfo()
        # The driver takes no browser of another name.
        application.set_name("MiniBrowser")
        application.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
        session.set_application_info(application)
        session.connect("create-web-view", lambda *_: view)

    context.connect("automation-started", begin)
    view.connect("close", Gtk.main_quit)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    Gtk.main()


if __name__ == "__main__":
    main()
