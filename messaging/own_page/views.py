"""The customer's own page, behind the link in a text: no sign-in, no script, and kept by nobody on the way."""

from collections.abc import Callable
from functools import wraps
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm.bodies import told_length
from crm.clock import db_now
from crm.contract import LANGUAGES, Language
from crm.doors import anybody_door
from crm.models import ContactPoint
from crm.problems import Problem
from messaging.own_page import changing, erasing, showing
from messaging.own_page.links import contact_behind
from messaging.own_page.words import HTML_LANG, LANGUAGE_NAMES, words_in

log = structlog.get_logger("messaging.own_page")

_FORM_BYTES: Final = 4096
_DONE: Final = ("name", "language", "fewer", "none")

View = Callable[..., HttpResponse]


class Unreadable(Exception):
    """A form that this page never made."""


def private(view: View) -> View:
    """Nobody on the way keeps the page, no search engine lists it, and its address is told to no other site."""

    @wraps(view)
    def answer(request: HttpRequest, **given: str) -> HttpResponse:
        response = view(request, **given)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return answer


# The secret is in the address and in no cookie, so another site has nothing to ride on. A page without referrer could
# not pass Django's own check anyway: its forms come from the origin "null".
@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def customer_page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows a customer what we hold of them, and does what they ask."""
    try:
        anybody_door.check_rate(request)
    except Problem as problem:
        response = _notice(request, "often", status=429)
        response["Retry-After"] = str(problem.extra["retry_after_seconds"])
        return response
    contact = contact_behind(token)
    if contact is None:
        return _notice(request, "gone", status=404)
    if request.method != "POST":
        return _page(request, contact)
    try:
        form = _form(request)
        if form.get("do") == "erase":
            return _erase(request, contact, sure=form.get("sure") == "yes")
        done = _do(request, contact, form)
    except Unreadable:
        return _notice(request, "unread", status=400)
    log.info("own_page", contact=str(contact.pk), done=done)
    # A reload shows the page and does nothing a second time. After a choice of language the page speaks it.
    asked = "" if done == "language" else _asked(request)
    return redirect(f"{request.path}?done={done}" + (f"&l={asked}" if asked else ""))


@transaction.atomic
def _do(request: HttpRequest, contact: ContactPoint, form: dict[str, str]) -> str:
    contact = _locked(contact)
    now, said = db_now(), words_in(_language(request, contact))
    match done := form.get("do", ""):
        case "name":
            name, address_as = form.get("name", ""), form.get("address_as", "")
            customer_id = _uuid(form.get("who", ""))
            if not changing.correct_name(contact=contact, customer_id=customer_id, name=name, address_as=address_as):
                raise Unreadable
        case "language":
            changing.speak(contact=contact, language=_spoken(form.get("language", "")))
        case "fewer":
            changing.want_fewer(contact=contact, words=said["fewer"], now=now)
        case "none":
            changing.want_none(contact=contact, words=said["none"], now=now)
        case _:
            raise Unreadable
    return done


def _erase(request: HttpRequest, contact: ContactPoint, *, sure: bool) -> HttpResponse:
    """What cannot be undone is asked about once more, with what it means and what stays."""
    language = _language(request, contact)
    if not sure:
        context = {"brand": contact.organization.brand, "said": words_in(language)}
        return render(request, "messaging/own_page_erase.html", context | _frame(request, language))
    with transaction.atomic():
        erased = erasing.erase(contact_id=contact.pk, now=db_now())
    log.info("own_page", contact=str(contact.pk), done="erased" if erased else "busy")
    return _notice(request, "erased" if erased else "busy", status=200 if erased else 409, language=language)


def _page(request: HttpRequest, contact: ContactPoint) -> HttpResponse:
    language = _language(request, contact)
    people = showing.people_of(contact, language=language)
    done = request.GET.get("done", "")
    said = words_in(language)
    context = {
        "brand": contact.organization.brand,
        "contact": contact,
        "people": people,
        "texts": showing.texts_of(contact, language=language),
        "has_offers": contact.opted_out_at is None and any(person.has_offers for person in people),
        "spoken": showing.spoken_to(people),
        "done": said[f"done_{done}"] if done in _DONE else "",
        "said": said,
    }
    return render(request, "messaging/own_page.html", context | _frame(request, language))


def _notice(request: HttpRequest, what: str, *, status: int, language: Language | None = None) -> HttpResponse:
    """A page that says one thing; to somebody of whom nothing is known, in the language of the browser."""
    asked = request.GET.get("l", "")
    browser = showing.read_accepted(request.headers.get("Accept-Language", ""))
    named = next((known for known in LANGUAGES if known == asked), None)
    spoken: Language = language or named or browser or "en"
    said = words_in(spoken)
    context = {"title": said[f"{what}_title"], "sentence": said[what]}
    return render(request, "messaging/own_page_notice.html", context | _frame(request, spoken), status=status)


def _frame(request: HttpRequest, language: Language) -> dict[str, object]:
    others = [(code, HTML_LANG[code], LANGUAGE_NAMES[code]) for code in LANGUAGES if code != language]
    return {
        "lang": HTML_LANG[language],
        "language": language,
        "others": others,
        "languages": [(code, HTML_LANG[code], LANGUAGE_NAMES[code]) for code in LANGUAGES],
        "asked": _asked(request),
    }


def _asked(request: HttpRequest) -> str:
    asked = request.GET.get("l", "")
    return asked if asked in LANGUAGES else ""


def _language(request: HttpRequest, contact: ContactPoint) -> Language:
    accepted = request.headers.get("Accept-Language", "")
    return showing.language_of(contact, asked=_asked(request), accepted=accepted)


def _form(request: HttpRequest) -> dict[str, str]:
    try:
        size = told_length(request.META.get("CONTENT_LENGTH"))
    except ValueError:
        raise Unreadable from None
    if size > _FORM_BYTES or request.content_type != "application/x-www-form-urlencoded":
        raise Unreadable
    form = {name: str(value) for name, value in request.POST.items()}
    # No database keeps these, and no form of ours sends them.
    if any("\x00" in value for value in form.values()):
        raise Unreadable
    return form


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unreadable from None


def _spoken(text: str) -> Language:
    for language in LANGUAGES:
        if language == text:
            return language
    raise Unreadable


def _locked(contact: ContactPoint) -> ContactPoint:
    contacts = ContactPoint.objects.select_related("organization").select_for_update(no_key=True, of=("self",))
    return contacts.get(pk=contact.pk)
