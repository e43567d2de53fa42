"""The demo's pages. They exist in demo mode alone: config/urls.py does not name them in production."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from funnel.views import built_file


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Show the whole story on one screen: the tablet, the customer's phone and the manager."""
    return built_file("demo.html", "text/html; charset=utf-8")


@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """Show the customers' phones with the texts that arrived on them."""
    return built_file("phone.html", "text/html; charset=utf-8")
