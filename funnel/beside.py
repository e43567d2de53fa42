"""What travels beside the events, never in them: people and notes, which can be erased."""

from crm import people
from crm.problems import Problem
from funnel.batches import Result, Work
from funnel.contract import ConsentGiven, NoteSent, PersonSent
from funnel.erasing import is_about_erased
from funnel.events import Refused, Sent, corrected, read
from funnel.models import Note
from messaging.wording.names import cut


def take_people(work: Work, items: list[Sent]) -> None:
    """Takes the customers of a batch, each by itself.

    A name that is too long costs nobody their text: its beginning is kept with the number and the consent, and what
    was sent is set aside whole.
    """
    for item in items:
        try:
            person = read(PersonSent, item)
            given = people.PersonGiven(
                id=person.id,
                name=cut(person.name, longest=people.NAME_CHARACTERS),
                address_as=cut(person.address_as, longest=people.ADDRESS_AS_CHARACTERS),
                number=person.number,
                country=person.country,
                language=person.language,
                consents=[_said(c, work) for c in person.consents],
            )
            try:
                received = people.receive_person(device=work.device, actor_id=None, given=given, now=work.now)
            except Problem as problem:
                raise Refused("other_store" if problem.status == 404 else "bad_event", problem.code) from problem
        except Refused as refused:
            work.refuse("person", item, refused)
            continue
        if received.status == "accepted":
            work.people.append(person.id)
            if (given.name, given.address_as) != (person.name, person.address_as):
                work.keep_aside("person", item, Refused("name_too_long"))
        # The person is kept, the number is not; the tablet shows which, and asks for a better one.
        work.results.append(Result(item.id, received.status, received.number_problem))


def _said(given: ConsentGiven, work: Work) -> people.ConsentGiven:
    return people.ConsentGiven(
        id=given.id,
        purpose=given.purpose,
        wording_version=given.wording,
        granted=given.granted,
        at=corrected(at=given.at, frame=work.frame),
    )


def take_notes(work: Work, items: list[Sent]) -> None:
    """Takes the notes of a batch; one that is there already stays as it is."""
    for item in items:
        try:
            note = read(NoteSent, item)
        except Refused as refused:
            work.refuse("note", item, refused)
            continue
        if is_about_erased(note.visit):
            work.results.append(Result(item.id, "accepted"))
            continue
        row, new = Note.objects.get_or_create(
            id=note.id,
            defaults={
                "organization_id": work.device.organization_id,
                "store_id": work.device.store_id,
                "visit_id": note.visit,
                "text": note.text,
                "device": work.device,
                "received_at": work.now,
            },
        )
        if row.organization_id != work.device.organization_id:
            work.refuse("note", item, Refused("id_reuse"))
            continue
        work.results.append(Result(item.id, "accepted" if new else "duplicate"))
