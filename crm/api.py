"""The API of people and places: tablets come in, people sign in, numbers are checked."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Router, Status
from pydantic import AfterValidator, Field, model_validator

from crm import doors, enrolment, pins, sessions, web_sessions
from crm.access import Manager, Tablet, manager_of
from crm.clock import db_now
from crm.contract import NUMBER_PROBLEMS, Role, SignedOut
from crm.erasing import has_opted_out
from crm.models import Device, Staff
from crm.numbers import NumberRefused, allowed_countries, read_number
from crm.origins import address_of
from crm.schemas import In, Out, ProblemOut, Text, unaltered

router = Router(tags=["people and places"])

# Passwords and PINs are taken as they were typed.
Secret = Annotated[str, Field(max_length=1024), AfterValidator(unaltered)]


class EnrolIn(In):
    code: Annotated[Text, Field(max_length=100)]
    name: Annotated[Text, Field(max_length=40)] = ""


class DeviceOut(Out):
    id: UUID
    name: str
    store_id: UUID
    store_name: str


class EnrolledOut(Out):
    device: DeviceOut


class ActingDeviceOut(DeviceOut):
    organization_id: UUID


class PersonOut(Out):
    id: UUID
    name: str
    role: Role


class OrganizationOut(Out):
    id: UUID
    brand: str
    language: str
    currency: str


class StoreOut(Out):
    id: UUID
    name: str
    zone: str
    currency: str


class ManagerOut(Out):
    id: UUID
    name: str
    email: str
    organization: OrganizationOut
    stores: list[StoreOut]


class SessionOut(Out):
    server_time: datetime
    mode: Literal["demo", "production"]
    device: ActingDeviceOut | None
    staff: PersonOut | None
    manager: ManagerOut | None
    signed_out: SignedOut | None


class SignInIn(In):
    """Either a person of the store and their PIN, or a manager's e-mail address and password."""

    staff: UUID | None = None
    pin: Secret | None = None
    email: Annotated[Text, Field(max_length=254)] | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "SignInIn":
        if self.model_fields_set not in ({"staff", "pin"}, {"email", "password"}) or None in (
            getattr(self, name) for name in self.model_fields_set
        ):
            raise ValueError("send either staff and pin, or email and password")
        return self


class PinSignedInOut(Out):
    staff: PersonOut
    expires_at: datetime


class ManagerSignedInOut(Out):
    manager: ManagerOut


class NumberIn(In):
    number: Annotated[Text, Field(max_length=60)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class NumberOut(Out):
    ok: bool
    country: str = ""
    national: str = ""
    kind: Literal["", "mobile", "fixed_or_mobile"] = ""
    opted_out: bool = False
    code: str | None = None
    detail: str | None = None


# Who is not known may sign in.
_REFUSED_BODY = doors.REFUSED_BODY - {401}


@router.post("/devices/enrol", auth=doors.anybody_door, response={200: EnrolledOut, _REFUSED_BODY: ProblemOut})
def enrol(request: HttpRequest, response: HttpResponse, body: EnrolIn) -> dict[str, Any]:
    """Lets a tablet into the store of a one-use code, and gives it the cookie by which it is known from then on."""
    device, token = enrolment.enrol(code=body.code, name=body.name, address=address_of(request))
    doors.remember_tablet(response, token)
    doors.forget_person(response)
    return {"device": _device(device)}


@router.get("/session", auth=doors.anybody_door, response={200: SessionOut, 429: ProblemOut})
def get_session(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """Says who is asking, and sets the CSRF cookie that every change must show."""
    get_token(request)
    tablet = doors.tablet_of_request(request)
    manager = doors.manager_of_request(request)
    if tablet:
        doors.remember_tablet(response, request.COOKIES[settings.DEVICE_COOKIE])
    return {
        "server_time": db_now(),
        "mode": settings.MODE,
        "device": _device(tablet.device) | {"organization_id": tablet.organization.id} if tablet else None,
        "staff": _person(tablet.staff, tablet.role) if tablet and tablet.staff and tablet.role else None,
        "manager": _manager(manager) if manager else None,
        "signed_out": web_sessions.signed_out(request),
    }


@router.post(
    "/session",
    auth=doors.anybody_door,
    response={200: PinSignedInOut | ManagerSignedInOut, doors.REFUSED_BODY: ProblemOut},
)
def sign_in(request: HttpRequest, response: HttpResponse, body: SignInIn) -> dict[str, Any]:
    """Signs in a person on a tablet by PIN, or a manager on the web by password."""
    if body.staff is not None and body.pin is not None:
        tablet: Tablet = doors.device_door.tablet(request)
        return _sign_in_with_pin(response, tablet, staff_id=body.staff, pin=body.pin)
    assert body.email is not None
    assert body.password is not None
    return _sign_in_on_the_web(request, email=body.email, password=body.password)


@router.delete("/session", auth=doors.anybody_door, response={204: None, _REFUSED_BODY: ProblemOut})
def sign_out(
    request: HttpRequest, response: HttpResponse, kind: Literal["pin", "manager", "all"] = "all"
) -> Status[None]:
    """Ends the session of the person on the tablet, of the manager, or both; the tablet stays enrolled."""
    if kind in ("pin", "all"):
        tablet = doors.tablet_of_request(request)
        if tablet:
            sessions.end_pin_session(device=tablet.device, token=request.COOKIES.get(settings.PIN_COOKIE))
        doors.forget_person(response)
    if kind in ("manager", "all"):
        logout(request)
    return Status(204, None)


@router.post(
    "/numbers/check",
    auth=doors.device_door,
    response={200: NumberOut, doors.REFUSED_BODY: ProblemOut},
    exclude_none=True,
)
def check_number(request: HttpRequest, body: NumberIn) -> dict[str, Any]:
    """Says whether a number may be texted from this store, before the customer has left: that it asked for no more
    texts, and nothing else of whoever has it."""
    tablet: Tablet = request.auth  # type: ignore[attr-defined]
    allowed = allowed_countries(tablet.organization, tablet.store)
    try:
        number = read_number(text=body.number, country=body.country, allowed_countries=allowed)
    except NumberRefused as refused:
        language: Literal["en", "zh"] = "zh" if tablet.store.language == "zh" else "en"
        return {"ok": False, "code": refused.code, "detail": NUMBER_PROBLEMS[refused.code][language]}
    opted_out = has_opted_out(organization=tablet.organization, e164=number.e164)
    told = {"country": number.country, "national": number.national, "kind": number.kind}
    return {"ok": True, "opted_out": opted_out, **told}


def _sign_in_with_pin(response: HttpResponse, tablet: Tablet, *, staff_id: UUID, pin: str) -> dict[str, Any]:
    now = db_now()
    staff, role = pins.check_pin(device=tablet.device, store=tablet.store, staff_id=staff_id, pin=pin, now=now)
    token, session = sessions.begin_pin_session(device=tablet.device, staff=staff, now=now)
    doors.remember_person(response, token)
    return {"staff": _person(staff, role), "expires_at": session.expires_at}


def _sign_in_on_the_web(request: HttpRequest, *, email: str, password: str) -> dict[str, Any]:
    staff = sessions.check_password(email=email, password=password, address=address_of(request), now=db_now())
    manager = manager_of(staff=staff)
    sessions.note_sign_in(staff=staff, admitted=manager is not None)
    if manager is None:
        raise sessions.sign_in_failed()
    # Whatever session this browser had ends here, so that nobody can have planted its id.
    request.session.flush()
    login(request, staff)
    return {"manager": _manager(manager)}


def _device(device: Device) -> dict[str, Any]:
    return {"id": device.id, "name": device.name, "store_id": device.store_id, "store_name": device.store.name}


def _person(staff: Staff, role: Role | None) -> dict[str, Any]:
    return {"id": staff.id, "name": staff.display_name, "role": role}


def _manager(manager: Manager) -> dict[str, Any]:
    organization = manager.organization
    return {
        "id": manager.staff.id,
        "name": manager.staff.display_name,
        "email": manager.staff.email or "",
        "organization": organization,
        "stores": manager.stores,
    }
