"""The floor of one event a request: the least that Django and ninja can do with one and still keep it.

A WSGI module of its own, served by the same server with as many processes and threads. One operation: the token is
looked up in the database, one row is inserted and one updated through the ORM, in one transaction. No middleware.
"""

import hashlib
import os
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import django
import environ
from django.conf import settings

settings.configure(
    SECRET_KEY="for the floor alone",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="tests.bench.floor",
    DATABASES={"default": environ.Env.db_url_config(os.environ["FLOOR_DATABASE_URL"]) | {"CONN_MAX_AGE": 600}},
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402
from ninja.security import HttpBearer  # noqa: E402


class FloorDevice(models.Model):
    """Whoever holds the token whose hash this is."""

    objects: ClassVar[models.Manager["FloorDevice"]] = models.Manager()
    token_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "floor_device"

    def __str__(self) -> str:
        return f"device {self.pk}"


class FloorVisit(models.Model):
    """What each event changes."""

    objects: ClassVar[models.Manager["FloorVisit"]] = models.Manager()
    id = models.UUIDField(primary_key=True)
    stage = models.CharField(max_length=40)
    events = models.IntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "floor_visit"

    def __str__(self) -> str:
        return f"visit {self.pk}"


class FloorEvent(models.Model):
    """What each request adds."""

    objects: ClassVar[models.Manager["FloorEvent"]] = models.Manager()
    id = models.UUIDField(primary_key=True)
    visit_id = models.UUIDField()
    device_id = models.BigIntegerField()
    type = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "floor_event"

    def __str__(self) -> str:
        return f"event {self.pk}"


class EventIn(Schema):
    id: UUID
    visit: UUID
    type: str
    at: datetime
    seq: int
    data: dict[str, Any]


class EventOut(Schema):
    id: UUID
    status: str


class Token(HttpBearer):
    """Asks the database each time, as a plain application would."""

    def authenticate(self, request: HttpRequest, token: str) -> FloorDevice | None:
        return FloorDevice.objects.filter(token_hash=hashlib.sha256(token.encode()).hexdigest()).first()


api = NinjaAPI(openapi_url=None)


@api.post("/events", auth=Token(), response=EventOut)
def record(request: HttpRequest, body: EventIn) -> dict[str, Any]:
    """Adds the event and changes its visit."""
    device: FloorDevice = request.auth  # type: ignore[attr-defined]
    now = timezone.now()
    with transaction.atomic():
        FloorEvent.objects.create(
            id=body.id,
            visit_id=body.visit,
            device_id=device.pk,
            type=body.type,
            seq=body.seq,
            at=body.at,
            received_at=now,
            data=body.data,
        )
        FloorVisit.objects.filter(id=body.visit).update(
            events=F("events") + 1, stage=body.data.get("stage", ""), updated_at=now
        )
    return {"id": body.id, "status": "accepted"}


@api.get("/alive")
def alive(request: HttpRequest) -> str:
    """Says that the server has started."""
    return "yes"


urlpatterns = [path("", api.urls)]
application = get_wsgi_application()
