"""The pages of the tablet client: its shell, its service worker and its manifest."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from funnel import client

# The name of each file inside these pages carries a hash, so the pages themselves must always be asked for anew.
NO_CACHE = {"Cache-Control": "no-cache"}


def built_file(name: str, content_type: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """Answer with a built file of the client, or with 503 and the command that builds it."""
    try:
        content = client.read(name)
    except client.ClientNotBuilt as error:
        return HttpResponse(f"{error}\n", content_type="text/plain; charset=utf-8", status=503)
    return HttpResponse(content, content_type=content_type, headers=NO_CACHE | (headers or {}))


@require_safe
def app_shell(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer every path of the app with the same page: the app itself reads the path."""
    return built_file("index.html", "text/html; charset=utf-8")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker from the root, since it may only look after what lies below it."""
    return built_file("sw.js", "text/javascript; charset=utf-8", {"Service-Worker-Allowed": "/"})


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Serve what a tablet reads when the app is put on its home screen."""
    return built_file("manifest.webmanifest", "application/manifest+json")
