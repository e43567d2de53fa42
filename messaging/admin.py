"""Looking at texts and tries in the set-up pages. Rows change through verbs alone, so nothing can be edited here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from messaging.models import Attempt, Message, RegisteredText, Template

# Django's own class takes no parameter at run time.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class LookOnly(_Admin):
    """Shows rows and changes none."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(LookOnly):
    list_display = ("id", "store", "purpose", "state", "reason", "send_at", "attempts_made")
    list_filter = ("state", "store")
    # Who the customer is and what was said is for the store's own screens.
    exclude = ("customer", "contact", "body", "token")


@admin.register(Attempt)
class AttemptAdmin(LookOnly):
    list_display = ("id", "message", "number", "provider", "outcome", "code", "started_at")
    list_filter = ("outcome", "provider")
    exclude = ("to", "body", "token")


@admin.register(RegisteredText)
class RegisteredTextAdmin(LookOnly):
    list_display = ("organization", "code", "signature", "text")
    list_filter = ("organization",)


@admin.register(Template)
class TemplateAdmin(LookOnly):
    list_display = ("organization", "purpose", "language", "version", "body")
    list_filter = ("organization", "language")
