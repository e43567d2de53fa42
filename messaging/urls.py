"""Where text providers call, and where customers do."""

from django.urls import path, re_path

from messaging import webhooks
from messaging.own_page.views import customer_page

urlpatterns = [
    path("hooks/twilio/inbound", webhooks.twilio_inbound, name="twilio_inbound"),
    path("hooks/twilio/status/<uuid:attempt>", webhooks.twilio_status, name="twilio_status"),
    # Phones may take the full stop after a link for a part of it. The short name keeps texts short.
    re_path(r"^c/(?P<token>[0-9A-Za-z]{16})[.,。，]?$", customer_page, name="customer_page"),
]
