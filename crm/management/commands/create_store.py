"""Opens a shop from the command line: by questions, or wholly by flags."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from crm import opening, pins
from crm.enrolment import lasts_in_words
from crm.models import Organization, Staff
from crm.opening import NewBrand, NewManager, NewPerson, Opened, OpeningFault
from crm.tables import TablesCommand

Fault = Callable[[str], str | None]


class Command(TablesCommand):
    help = "Opens a store: asks for what the flags leave out. A brand that is there already gets another store."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--brand", help="signs every text")
        parser.add_argument("--language", help="en or zh")
        parser.add_argument("--currency", help="such as USD, GBP or CNY")
        parser.add_argument("--store", help="the store's name")
        parser.add_argument("--zone", help="time zone, such as Europe/London")
        parser.add_argument("--country", help="two letters, such as US, GB or CN")
        parser.add_argument("--cutoff", help="local time at which the business day begins", default="04:00")
        parser.add_argument("--manager-name")
        parser.add_argument("--manager-email", help="of somebody new, or of a manager of this brand")
        parser.add_argument(
            "--manager-password", help="better given in MANAGER_PASSWORD: others on this machine can read flags"
        )
        parser.add_argument(
            "--staff", action="append", metavar="NAME:PIN", help="somebody with a six-digit PIN; may be repeated"
        )
        parser.add_argument("--playbook", default=opening.DEFAULT_PLAYBOOK)
        parser.add_argument(
            "--no-input", "--noinput", action="store_true", help="ask nothing; what is missing is an error"
        )

    def handle(self, *args: Any, **flags: Any) -> None:
        self.flags = flags
        try:
            opened = self._open()
        except OpeningFault as fault:
            lines = "\n".join(f"  {name}: {sentence}" for name, sentence in fault.faults.items())
            raise CommandError(f"Nothing was made, because of:\n{lines}") from None
        except (EOFError, KeyboardInterrupt):
            raise CommandError("Stopped. Nothing was made.") from None
        self._say_what_next(opened)

    def _open(self) -> Opened:
        brand = self._answer("brand", "Brand, which signs every text", lambda text: opening.name_fault(text, 40))
        organization: Organization | NewBrand
        known = list(Organization.objects.filter(brand=brand))
        if len(known) > 1:
            raise CommandError(f"There are several organisations called {brand}: please use the set-up pages.")
        if known:
            organization = known[0]
            self.stdout.write(f"{brand} is there already: this will be another store of it.")
        else:
            organization = NewBrand(
                brand=brand,
                language=self._answer("language", "Language of the texts (en or zh)", opening.language_fault),
                currency=self._answer("currency", "Currency (such as USD)", opening.currency_fault),
            )
        return opening.open_store(
            organization=organization,
            language=self.flags["language"] or "",
            currency=self.flags["currency"] or "",
            name=self._answer("store", "Store's name", lambda text: opening.name_fault(text, 80)),
            zone=self._answer("zone", "Time zone (such as America/New_York)", opening.zone_fault),
            country=self._answer("country", "Country (two letters, such as US)", opening.country_fault),
            cutoff_minutes=_minutes(self.flags["cutoff"]),
            manager=self._manager(organization),
            staff=self._staff(),
            playbook=self.flags["playbook"],
        )

    def _manager(self, organization: Organization | NewBrand) -> NewManager | Staff:
        def email_fault(email: str) -> str | None:
            return None if colleague(email) else opening.email_fault(email)

        def colleague(email: str) -> Staff | None:
            if isinstance(organization, NewBrand):
                return None
            return Staff.objects.filter(organization=organization, email=email.lower(), is_active=True).first()

        email = self._answer("manager_email", "Manager's e-mail address", email_fault)
        name_fault: Fault = lambda text: opening.name_fault(text, 40)  # noqa: E731  (read as a question's rule)
        known = colleague(email)
        if known:
            return known
        name = self._answer("manager_name", "Manager's name", name_fault)
        password = self._answer(
            "manager_password",
            "Manager's password (15 characters or more)",
            lambda text: opening.password_fault(text, email=email, name=name),
            default=os.environ.get("MANAGER_PASSWORD"),
            hidden=True,
        )
        return NewManager(name=name, email=email, password=password)

    def _staff(self) -> list[NewPerson]:
        if self.flags["staff"] is not None:
            return [_person(text) for text in self.flags["staff"]]
        people: list[NewPerson] = []
        if self.flags["no_input"]:
            return people
        while True:
            name = input("Somebody who works there (empty when all are named): ").strip()
            if not name:
                return people
            fault = opening.name_fault(name, 40)
            if fault:
                self.stderr.write(fault)
                continue
            people.append(NewPerson(name, self._ask(f"A six-digit PIN for {name}", pins.pin_fault, hidden=True)))

    def _answer(
        self, name: str, question: str, fault: Fault, *, default: str | None = None, hidden: bool = False
    ) -> str:
        """What the flag says, which the opening checks; else what is typed, asked until it is good."""
        given: str | None = self.flags[name] or default
        if given is not None:
            return given if hidden else given.strip()
        if self.flags["no_input"]:
            raise CommandError(f"Nothing was made: --{name.replace('_', '-')} is missing.")
        return self._ask(question, fault, hidden=hidden)

    def _ask(self, question: str, fault: Fault, *, hidden: bool = False) -> str:
        while True:
            answer = getpass(f"{question}: ") if hidden else input(f"{question}: ").strip()
            wrong = fault(answer)
            if wrong is None:
                return answer
            self.stderr.write(wrong)

    def _say_what_next(self, opened: Opened) -> None:
        address = settings.PUBLIC_BASE_URL or "(the address of this installation)"
        names = ", ".join(person.display_name for person in opened.staff)
        self.stdout.write(self.style.SUCCESS(f"{opened.store.name} of {opened.organization.brand} is open."))
        self.stdout.write(
            f"\nWhat to do next:\n"
            f"  1. On the tablet, open {address}/ and type this code. It works once, within {lasts_in_words()}:\n\n"
            f"         {opened.code}\n\n"
            f"  2. {names or 'Nobody yet: add staff on the set-up pages. They'} "
            f"{'signs' if len(opened.staff) == 1 else 'sign'} in on the tablet with their name and PIN.\n"
            f"  3. {opened.manager.display_name} signs in at {address}/manage with {opened.manager.email} and the "
            f"password.\n"
            f"  4. More tablets and people, and a new code when this one is too old: {address}/admin/\n"
        )


def _person(text: str) -> NewPerson:
    name, _, pin = text.rpartition(":")
    return NewPerson(name.strip(), pin.strip())


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):
        raise OpeningFault({"cutoff": "The time at which the day begins is written like 04:00."})
    return int(hours) * 60 + int(minutes)
