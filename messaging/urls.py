"""Where text providers call, and where customers do."""

from django.urls import path, re_path

from messaging.own_page.views import customer_page
from messaging.webhooks import aliyun, twilio

urlpatterns = [
    path("hooks/twilio/inbound", twilio.twilio_inbound, name="twilio_inbound"),
    path("hooks/twilio/status/<uuid:attempt>", twilio.twilio_status, name="twilio_status"),
    # Aliyun can be told an address and nothing else: what proves that it calls is the address's last part.
    re_path("^hooks/aliyun/receipts(?:/(?P<secret>[^/]*))?$", aliyun.aliyun_receipts, name="aliyun_receipts"),
    re_path("^hooks/aliyun/replies(?:/(?P<secret>[^/]*))?$", aliyun.aliyun_replies, name="aliyun_replies"),
    # Phones may take the full stop after a link for a part of it. The short name keeps texts short.
    re_path(r"^c/(?P<token>[0-9A-Za-z]{16})[.,。，]?$", customer_page, name="customer_page"),
]
