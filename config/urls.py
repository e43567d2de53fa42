"""Every address of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from config import health, views
from config.api import api
from funnel import views as tablet
from funnel.client import SHELL_PATTERN

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", api.urls),
    # The addresses that text providers call.
    path("", include("messaging.urls")),
    path("admin/", admin.site.urls),
    # The address that is easy to say.
    path("trust", RedirectView.as_view(url="/manage/trust")),
    path("authority", views.authority_page, name="authority"),
    path("authority.crt", views.authority_certificate, name="authority_certificate"),
    path("sw.js", tablet.service_worker, name="service_worker"),
    path("manifest.webmanifest", tablet.manifest, name="manifest"),
    re_path(SHELL_PATTERN, tablet.app_shell, name="app"),
]
if settings.DEMO:
    urlpatterns.append(path("", include("funnel.demo.urls")))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
