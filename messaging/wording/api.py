"""The API of wording: what every text says, who changed it when, and what a change would read like and cost."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.core import signing
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from crm import access, doors
from crm.clock import db_now
from crm.contract import LANGUAGES, Language
from crm.problems import Problem
from crm.schemas import In, Int, Out, ProblemOut
from messaging.contract.purposes import GROUP_OF, PURPOSES, Group, Purpose
from messaging.contract.wording import FIELDS_OF, Encoding, PriceClass, TemplateFault
from messaging.contract.wording import Field as FieldName
from messaging.models import Template
from messaging.wording import previewing, versions
from messaging.wording.segments import Foreign
from messaging.wording.shipped import shipped_text
from messaging.wording.syntax import BadTemplate, Fault

router = Router(tags=["wording"])

# Taken as it was typed, so that each fault can be shown at its place.
Body = Annotated[str, Field(max_length=4000)]
_CURSOR_SALT = "sendoff.template.versions"


class SentencesOut(Out):
    en: str
    zh: str


class TemplateFaultOut(Out):
    code: TemplateFault
    offset: int
    length: int
    sentence: SentencesOut


class ForeignLetterOut(Out):
    offset: int
    character: str
    plain_form: str


class TemplateSampleOut(Out):
    kind: previewing.SampleKind
    body: str
    segments: int
    encoding: Encoding
    units: int
    left: int
    price_class: PriceClass
    foreign: list[ForeignLetterOut]


class TemplatePreviewOut(Out):
    faults: list[TemplateFaultOut]
    foreign: list[ForeignLetterOut]
    samples: list[TemplateSampleOut]


class TemplateVersionOut(Out):
    version: int
    body: str
    author: str | None
    created_at: datetime | None


class TemplateOut(Out):
    purpose: Purpose
    group: Group
    language: Language
    fields: list[FieldName]
    current: TemplateVersionOut


class TemplatesOut(Out):
    items: list[TemplateOut]
    may_change: bool


class TemplateVersionsOut(Out):
    items: list[TemplateVersionOut]
    next_cursor: str | None


class TemplateProblemOut(ProblemOut):
    """A refusal of wording: its faults, or the version that came first."""

    faults: list[TemplateFaultOut] | None = None
    version: int | None = None
    body: str | None = None


class TemplatePreviewIn(In):
    purpose: Purpose
    language: Language
    body: Body


class TemplateVersionIn(In):
    body: Body
    replaces: Annotated[Int, Field(ge=0, le=32_000)]


class TemplateVersionFilters(In):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


@router.get("/templates", auth=doors.manager_door, response={200: TemplatesOut, doors.REFUSED_LOOK: ProblemOut})
def list_templates(request: HttpRequest) -> dict[str, Any]:
    """The wording in use for every purpose and language."""
    manager = _manager(request)
    newest = versions.newest_templates(organization_id=manager.organization.pk)
    items = [
        {
            "purpose": purpose,
            "group": GROUP_OF[purpose],
            "language": language,
            "fields": list(FIELDS_OF[GROUP_OF[purpose]]),
            "current": _current(newest.get((purpose, language)), purpose, language),
        }
        for purpose in PURPOSES
        for language in LANGUAGES
    ]
    return {"items": items, "may_change": manager.may_change}


@router.get(
    "/templates/{purpose}/{language}/versions",
    auth=doors.manager_door,
    response={200: TemplateVersionsOut, doors.REFUSED_LOOK | {422}: ProblemOut},
)
def list_versions(
    request: HttpRequest, purpose: Purpose, language: Language, filters: Query[TemplateVersionFilters]
) -> dict[str, Any]:
    """Every version of one wording, the newest first."""
    rows = Template.objects.filter(
        organization=_manager(request).organization, purpose=purpose, language=language
    ).select_related("author")
    if filters.cursor:
        rows = rows.filter(version__lt=_before(filters.cursor))
    found = list(rows.order_by("-version")[: filters.limit + 1])
    page = found[: filters.limit]
    more = len(found) > filters.limit
    return {
        "items": [_version(row) for row in page],
        "next_cursor": signing.dumps(page[-1].version, salt=_CURSOR_SALT) if more else None,
    }


@router.post(
    "/templates/{purpose}/{language}/versions",
    auth=doors.manager_door,
    response={
        201: TemplateVersionOut,
        doors.REFUSED_BODY - {422}: ProblemOut,
        frozenset({409, 422}): TemplateProblemOut,
    },
)
def add_version(
    request: HttpRequest, purpose: Purpose, language: Language, body: TemplateVersionIn
) -> Status[dict[str, Any]]:
    """Changes the wording for texts that are planned from now on."""
    manager = _manager(request)
    try:
        template = versions.add_version(
            organization=manager.organization,
            purpose=purpose,
            language=language,
            body=body.body,
            replaces=body.replaces,
            author_id=manager.staff.pk,
        )
    except BadTemplate as refused:
        faults = [_fault(fault) for fault in refused.faults]
        raise Problem(422, "template_refused", "This wording cannot be used.", {"faults": faults}) from None
    return Status(201, _version(template))


@router.post(
    "/templates/preview",
    auth=doors.manager_door,
    response={200: TemplatePreviewOut, doors.REFUSED_BODY: ProblemOut},
)
def preview_template(request: HttpRequest, body: TemplatePreviewIn) -> dict[str, Any]:
    """How wording would read and what it would cost, while it is being written."""
    store = _manager(request).stores[0]
    shown = previewing.preview(
        body=body.body,
        purpose=body.purpose,
        language=body.language,
        store=store,
        today=db_now().astimezone(ZoneInfo(store.zone)).date(),
    )
    return {
        "faults": [_fault(fault) for fault in shown.faults],
        "foreign": [_foreign(one) for one in shown.foreign],
        "samples": [_sample(one) for one in shown.samples],
    }


def _manager(request: HttpRequest) -> access.Manager:
    manager: access.Manager = request.auth  # type: ignore[attr-defined]
    return manager


def _before(cursor: str) -> int:
    try:
        version: int = signing.loads(cursor, salt=_CURSOR_SALT)
    except signing.BadSignature as error:
        raise Problem(422, "cursor_invalid", "This place in the list is not known.") from error
    return version


def _current(template: Template | None, purpose: Purpose, language: Language) -> dict[str, Any]:
    if template is not None:
        return _version(template)
    # Nobody has been texted in these words yet: they will be version 1.
    body = shipped_text(purpose=purpose, language=language)
    return {"version": 1, "body": body, "author": None, "created_at": None}


def _version(template: Template) -> dict[str, Any]:
    return {
        "version": template.version,
        "body": template.body,
        "author": template.author.display_name if template.author else None,
        "created_at": template.created_at,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "offset": fault.offset,
        "length": fault.length,
        "sentence": dict(fault.sentence),
    }


def _foreign(one: Foreign) -> dict[str, Any]:
    return {"offset": one.offset, "character": one.character, "plain_form": one.plain_form}


def _sample(one: previewing.Sample) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "body": one.body,
        "segments": one.measured.segments,
        "encoding": one.measured.encoding,
        "units": one.measured.units,
        "left": one.measured.left,
        "price_class": one.price_class,
        "foreign": [_foreign(each) for each in one.foreign],
    }
