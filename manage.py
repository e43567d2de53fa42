"""Sendoff's command line: `manage.py help` lists what it can do."""

import os
import sys

from config import loading


def main() -> None:
    loading.begins()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
