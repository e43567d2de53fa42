"""What the web server loads; it refuses to serve with unsafe settings, whichever way the server was started."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# Only now, since the checks read the settings.
from config.checks import refuse_unsafe_settings  # noqa: E402

refuse_unsafe_settings()
