"""An organisation's wording: each change is a new version, the newest is in use, and none is ever altered."""

from typing import cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery

from crm.contract import LANGUAGES, Language
from crm.models import Organization, Store
from crm.problems import Problem
from messaging.contract.purposes import DEPARTURE_PURPOSES, GROUP_OF, PURPOSES, Purpose
from messaging.contract.wording import FIELDS_OF, MAX_SEGMENTS
from messaging.models import Template
from messaging.wording import composing
from messaging.wording.segments import measure
from messaging.wording.shipped import shipped_text
from messaging.wording.syntax import BadTemplate, Fault, fault, faults_in, tidy


def template_for(*, organization_id: UUID, purpose: Purpose, language: Language) -> Template:
    """The newest version of an organisation's wording; one that has none yet gets the wording shipped with us."""
    found = _newest(organization_id, purpose, language)
    if found is None:
        load_default_templates(Organization.objects.get(pk=organization_id))
        found = _newest(organization_id, purpose, language)
    if found is None:
        raise LookupError(f"no wording for {purpose} in {language}")
    return found


def load_default_templates(organization: Organization) -> None:
    """Gives an organisation the texts shipped with us where it has none; what it has stays as it is."""
    shipped = [
        Template(
            organization=organization,
            purpose=purpose,
            language=language,
            version=1,
            body=shipped_text(purpose=purpose, language=language),
        )
        for purpose in PURPOSES
        for language in LANGUAGES
    ]
    Template.objects.bulk_create(shipped, ignore_conflicts=True)


def newest_templates(*, organization_id: UUID) -> dict[tuple[Purpose, Language], Template]:
    """The wording in use for every purpose and language that has rows."""
    same = Template.objects.filter(
        organization_id=organization_id, purpose=OuterRef("purpose"), language=OuterRef("language")
    )
    rows = Template.objects.filter(
        organization_id=organization_id, version=Subquery(same.order_by("-version").values("version")[:1])
    ).select_related("author")
    return {(cast(Purpose, row.purpose), cast(Language, row.language)): row for row in rows}


def texts_for(*, organization_id: UUID) -> list[dict[str, str]]:
    """An organisation's present departure texts as a tablet previews them: brand added, fields still open."""
    newest = newest_templates(organization_id=organization_id)
    return [
        {
            "purpose": purpose,
            "language": language,
            "body": composing.signed(template=template.body, language=language),
        }
        for purpose in DEPARTURE_PURPOSES
        for language in LANGUAGES
        if (template := newest.get((purpose, language))) is not None
    ]


def check_template(*, body: str, purpose: Purpose, language: Language, brand: str, store: str) -> None:
    """A template uses the fields of its purpose alone, and fits into the allowed segments with the longest names that
    are never shortened.

    Raises BadTemplate with every fault, each at its place.
    """
    faults = faults_of(body=body, purpose=purpose, language=language, brand=brand, store=store)
    if faults:
        raise BadTemplate(faults)


def faults_of(*, body: str, purpose: Purpose, language: Language, brand: str, store: str) -> list[Fault]:
    """What keeps a template from being used; nothing for a good one."""
    faults = faults_in(body=body, allowed=FIELDS_OF[GROUP_OF[purpose]])
    if faults:
        return faults
    start = composing.too_long_from(template=body, language=language, brand=brand, store=store)
    return [] if start is None else [fault("too_many_segments", start, len(body) - start, MAX_SEGMENTS)]


def add_version(
    *, organization: Organization, purpose: Purpose, language: Language, body: str, replaces: int, author_id: UUID
) -> Template:
    """A change of wording is a new version; texts that are planned already keep theirs.

    `replaces` is the version the author saw: a 409 Problem when somebody else has written a newer one. The same words
    again make no new version. Raises BadTemplate for words that cannot be used.
    """
    body = tidy(body)
    store = longest_store(organization)
    check_template(body=body, purpose=purpose, language=language, brand=organization.brand, store=store)
    newest = template_for(organization_id=organization.pk, purpose=purpose, language=language)
    # A save that was sent twice finds its own words there.
    if newest.body == body:
        return newest
    if newest.version != replaces:
        raise _changed(newest)
    try:
        with transaction.atomic():
            return Template.objects.create(
                organization=organization,
                purpose=purpose,
                language=language,
                version=replaces + 1,
                body=body,
                author_id=author_id,
            )
    except IntegrityError:
        newest = template_for(organization_id=organization.pk, purpose=purpose, language=language)
        if newest.body == body:
            return newest
        raise _changed(newest) from None


def longest_store(organization: Organization) -> str:
    """The name of a store as texts may have to carry it: the one that costs most."""
    names = Store.objects.filter(organization=organization).values_list("name", flat=True)
    return max(names, key=_cost, default="")


def _cost(name: str) -> tuple[bool, int]:
    found = measure(body=name)
    return found.encoding == "ucs2", found.units


def _changed(newest: Template) -> Problem:
    return Problem(
        409,
        "template_changed",
        "Somebody else has changed this wording meanwhile. Yours is kept here: compare the two, then save again.",
        {"version": newest.version, "body": newest.body},
    )


def _newest(organization_id: UUID, purpose: str, language: str) -> Template | None:
    return (
        Template.objects.filter(organization_id=organization_id, purpose=purpose, language=language)
        .order_by("-version")
        .first()
    )
