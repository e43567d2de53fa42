"""Where text providers call."""

from django.urls import path

from messaging import webhooks

urlpatterns = [
    path("hooks/twilio/status/<uuid:attempt>", webhooks.twilio_status, name="twilio_status"),
]
