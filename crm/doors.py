"""The doors of the API: who stands before it, and who may come in. Every operation has one of them."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from crm import access, rates, sessions, web_sessions
from crm.access import Manager, Tablet
from crm.bodies import told_length
from crm.clock import db_now
from crm.contract import RETIRED_HANDS_IN_DAYS
from crm.models import Device, Staff
from crm.origins import address_of
from crm.problems import Problem
from crm.tokens import token_hash

# As long as browsers keep a cookie at all.
_DEVICE_COOKIE_AGE: Final = timedelta(days=400)
ACTS_ON: Final = "X-Acts-On"
# What a door itself may answer, for each operation behind it to declare.
REFUSED_LOOK: Final = frozenset({401, 429})
REFUSED_CHANGE: Final = REFUSED_LOOK | {400, 403, 413, 415}
REFUSED_BODY: Final = REFUSED_CHANGE | {422}
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_BODY_BYTES: Final = 64 * 1024
_SYNC_BYTES: Final = 1024 * 1024
_MANAGER_PER_SECOND: Final = 10
_MANAGER_BURST: Final = 50
# A whole shop stands behind one address, and comes back at once when its network does.
_ADDRESS_PER_SECOND: Final = 10
_ADDRESS_BURST: Final = 100


class Door(APIKeyCookie):
    """A cookie opens it, so an unsafe request needs the CSRF token too, and a body must be JSON of a bearable size."""

    most_bytes: int = _BODY_BYTES

    def __call__(self, request: HttpRequest) -> Any | None:
        if check_csrf(request):
            raise Problem(403, "csrf", "The page is out of date. Please try again.")
        if request.method not in _SAFE:
            self._check_body(request)
        self.check_rate(request)
        return self.authenticate(request, request.COOKIES.get(self.param_name))

    def _check_body(self, request: HttpRequest) -> None:
        try:
            size = told_length(request.META.get("CONTENT_LENGTH"))
        except ValueError:
            raise Problem(400, "bad_request", "This request cannot be read.") from None
        if size > self.most_bytes:
            raise Problem(413, "too_big", "This is more than can be sent at once.")
        # A form of another site can send text/plain or a form's own types, but never this one.
        if size and request.content_type != "application/json":
            raise Problem(415, "not_json_type", "The body must be sent as application/json.")

    @abstractmethod
    def check_rate(self, request: HttpRequest) -> None:
        """Refuses who asks too often, before the database is asked anything."""

    @abstractmethod
    def authenticate(self, request: HttpRequest, key: str | None) -> Any | None: ...


class AnybodyDoor(Door):
    """Open to all; it only keeps other sites' pages from posting."""

    param_name = settings.CSRF_COOKIE_NAME

    def check_rate(self, request: HttpRequest) -> None:
        rates.refuse_too_often(
            bucket=rates.ADDRESSES, key=address_of(request), per_second=_ADDRESS_PER_SECOND, burst=_ADDRESS_BURST
        )

    def authenticate(self, request: HttpRequest, key: str | None) -> bool:
        return True


class DeviceDoor(Door):
    """An enrolled tablet. A stolen one is told to wipe itself, a retired one that its work here is over."""

    param_name = settings.DEVICE_COOKIE

    def check_rate(self, request: HttpRequest) -> None:
        if token := request.COOKIES.get(self.param_name):
            rates.refuse_too_often(
                bucket=rates.DEVICES,
                key=token_hash(token),
                per_second=settings.DEVICE_REQUESTS_PER_SECOND,
                burst=settings.DEVICE_REQUESTS_BURST,
            )

    def authenticate(self, request: HttpRequest, key: str | None) -> Tablet:
        return self.tablet(request)

    def tablet(self, request: HttpRequest) -> Tablet:
        """The tablet that is asking; a Problem for what is not one or no longer."""
        device = _find_device(request.COOKIES.get(self.param_name))
        if device is None:
            raise Problem(401, "device_unknown", "This tablet does not belong to a store yet.")
        self.check_revoked(device)
        _was_seen(device)
        return _as_tablet(device)

    def check_revoked(self, device: Device) -> None:
        if device.revoked == "stolen":
            raise Problem(401, "device_revoked", "This tablet was reported lost.", {"wipe": True})
        if device.revoked:
            raise Problem(401, "device_retired", "This tablet is no longer in use.")


class SyncDoor(DeviceDoor):
    """Lets revoked tablets hand in what they recorded: a retired one for seven days, a stolen one into quarantine."""

    most_bytes = _SYNC_BYTES

    def check_revoked(self, device: Device) -> None:
        if device.revoked == "retired" and db_now() >= _hands_in_until(device):
            raise Problem(401, "device_retired", "This tablet is no longer in use.", {"wipe": True})


class StaffDoor(DeviceDoor):
    """An enrolled tablet on which somebody of the store has signed in with a PIN."""

    def tablet(self, request: HttpRequest) -> Tablet:
        tablet = super().tablet(request)
        acting = sessions.with_person(tablet=tablet, token=request.COOKIES.get(settings.PIN_COOKIE), now=db_now())
        if acting.staff is None:
            raise Problem(401, "pin_needed", "Please enter your PIN first.")
        return acting


class ManagerDoor(Door):
    """Somebody signed in on the web who manages stores. An auditor may look, not change."""

    param_name = settings.SESSION_COOKIE_NAME

    def check_rate(self, request: HttpRequest) -> None:
        if session := request.COOKIES.get(self.param_name):
            rates.refuse_too_often(
                bucket=rates.MANAGERS, key=token_hash(session), per_second=_MANAGER_PER_SECOND, burst=_MANAGER_BURST
            )

    def authenticate(self, request: HttpRequest, key: str | None) -> Manager | None:
        manager = manager_of_request(request)
        # A browser that is a tablet as well may still come in as that.
        ended = None if settings.DEVICE_COOKIE in request.COOKIES else web_sessions.refusal(request)
        if ended:
            raise ended
        if manager and not manager.may_change and request.method not in _SAFE:
            raise Problem(403, "forbidden", "Your role may look at this, but not change it.")
        return manager


class TabletOrManagerDoor(ManagerDoor):
    """A manager on the web, or else a tablet: where a browser is both, it is asked with the wider view."""

    def check_rate(self, request: HttpRequest) -> None:
        if self.param_name in request.COOKIES:
            super().check_rate(request)
        else:
            device_door.check_rate(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any | None:
        return super().authenticate(request, key) or device_door.tablet(request)


class PersonDoor(ManagerDoor):
    """A person: a manager on the web, or else whoever acts on a tablet. Where a browser is both, a request that names
    the tablet is its person's, so that an answer is signed by whoever gave it."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any | None:
        if request.headers.get(ACTS_ON) == "tablet":
            return staff_door.tablet(request)
        return super().authenticate(request, key) or staff_door.tablet(request)


anybody_door: Final = AnybodyDoor()
device_door: Final = DeviceDoor()
sync_door: Final = SyncDoor()
staff_door: Final = StaffDoor()
manager_door: Final = ManagerDoor()
tablet_or_manager_door: Final = TabletOrManagerDoor()
person_door: Final = PersonDoor()


def manager_of_request(request: HttpRequest) -> Manager | None:
    """The manager who is signed in on the web, if one is."""
    staff = request.user
    return access.manager_of(staff=staff) if isinstance(staff, Staff) else None


def tablet_of_request(request: HttpRequest) -> Tablet | None:
    """The tablet that is asking, with whoever acts on it; None for what is not one or no longer."""
    device = _find_device(request.COOKIES.get(settings.DEVICE_COOKIE))
    if device is None or device.revoked:
        return None
    return sessions.with_person(
        tablet=_as_tablet(device), token=request.COOKIES.get(settings.PIN_COOKIE), now=db_now()
    )


def remember_tablet(response: HttpResponse, token: str) -> None:
    """The browser is this tablet from now on; each look at the session renews it."""
    _set_cookie(response, settings.DEVICE_COOKIE, token, _DEVICE_COOKIE_AGE)


def remember_person(response: HttpResponse, token: str) -> None:
    """The tablet holds this PIN session until it ends."""
    _set_cookie(response, settings.PIN_COOKIE, token, sessions.PIN_SESSION)


def forget_person(response: HttpResponse) -> None:
    """Nobody acts on the tablet any more, as far as its cookies know."""
    response.delete_cookie(settings.PIN_COOKIE, samesite="Lax")


def _set_cookie(response: HttpResponse, name: str, value: str, age: timedelta) -> None:
    response.set_cookie(name, value, max_age=age, secure=settings.SERVES_TLS, httponly=True, samesite="Lax")


def _find_device(token: str | None) -> Device | None:
    if not token:
        return None
    return Device.objects.select_related("store", "organization").filter(token_hash=token_hash(token)).first()


def _as_tablet(device: Device) -> Tablet:
    return Tablet(device=device, store=device.store, organization=device.organization)


def _was_seen(device: Device) -> None:
    # By this host's clock: it is shown to people and decides nothing.
    now = timezone.now()
    if device.last_seen_at is None or now - device.last_seen_at >= timedelta(minutes=1):
        device.last_seen_at = now
        device.save(update_fields=["last_seen_at"])


def _hands_in_until(device: Device) -> datetime:
    assert device.revoked_at is not None
    return device.revoked_at + timedelta(days=RETIRED_HANDS_IN_DAYS)
