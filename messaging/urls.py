"""Where text providers call."""

from django.urls import path

from messaging import webhooks

urlpatterns = [
    path("hooks/twilio/inbound", webhooks.twilio_inbound, name="twilio_inbound"),
    path("hooks/twilio/status/<uuid:attempt>", webhooks.twilio_status, name="twilio_status"),
]
