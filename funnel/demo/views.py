"""The demo's pages and what their buttons ask for. Outside the demo there is nothing here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm import doors, enrolment
from crm.bodies import read_json
from crm.models import Staff
from crm.numbers import E164
from crm.schemas import readable
from funnel.demo import clock, phones, rules, shops, worker
from funnel.views import built_file

View = Callable[[HttpRequest], HttpResponse]


def in_the_demo(view: View) -> View:
    """Nothing of the demo answers in production, whatever the list of addresses says."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request)

    return guarded


@in_the_demo
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Show the whole story on one screen: the tablet, the customer's phone and the manager."""
    return built_file("demo.html", "text/html; charset=utf-8")


@in_the_demo
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """Show the customers' phones with the texts that arrived on them."""
    return built_file("phone.html", "text/html; charset=utf-8")


@in_the_demo
@never_cache
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Say what time it is in the demo, and what is on the phones."""
    return JsonResponse(clock.state())


@in_the_demo
@require_POST
def jump(request: HttpRequest) -> HttpResponse:
    """Move the demo's clock."""
    to = _body(request).get("to")
    if to not in clock.JUMPS:
        return _refuse(400, "invalid", f"`to` must be one of: {', '.join(clock.JUMPS)}.")
    clock.jump(to=to)
    return JsonResponse(clock.state())


@in_the_demo
@require_POST
def kill_worker(request: HttpRequest) -> HttpResponse:
    """Kill the text worker without a word; it is started again by itself."""
    if not worker.kill():
        return _refuse(409, "not_running", "The text worker does not run at this moment.")
    return JsonResponse(clock.state())


@in_the_demo
@require_POST
def switch_rules(request: HttpRequest) -> HttpResponse:
    """Switch quiet hours and the cap on or off, as an owner does on the page of rules."""
    on = _body(request).get("on")
    if not isinstance(on, bool):
        return _refuse(400, "invalid", "Say whether they shall be `on`.")
    rules.switch(on=on)
    return JsonResponse(clock.state())


@in_the_demo
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Let a customer answer from their phone."""
    body = _body(request)
    number, words = body.get("number"), body.get("body")
    if not (isinstance(number, str) and E164.fullmatch(number) and isinstance(words, str)):
        return _refuse(400, "invalid", "Send the phone's `number` and the `body` of the answer.")
    try:
        said = readable(words)
    except ValueError:
        said = ""
    if not said or len(said) > phones.LONGEST_ANSWER:
        return _refuse(400, "invalid", f"An answer has between 1 and {phones.LONGEST_ANSWER} characters.")
    phones.answer(number=number, body=said)
    return JsonResponse(clock.state())


@in_the_demo
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Make this browser a tablet of the first store, and sign its manager in."""
    shop = shops.SHOPS[0]
    store = shops.find(shop)
    if store is None:
        return _refuse(409, "not_filled", "The demo has no shops yet: run manage.py up, which makes them.")
    first = shop.staff[0]
    answer = {"tablet_url": "/", "manager_url": "/manage", "staff": first.name, "pin": first.pin}
    response = JsonResponse(answer)
    tablet = doors.tablet_of_request(request)
    if tablet is None or tablet.store.pk != store.pk:
        _, token = enrolment.enrol(code=enrolment.make_code(store=store))
        doors.remember_tablet(response, token)
        doors.forget_person(response)
    request.session.flush()
    login(request, Staff.objects.get(email=shop.brand.email))
    return response


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = read_json(request.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refuse(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse({"status": status, "code": code, "detail": detail}, status=status)
