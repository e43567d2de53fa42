"""The one API, under /api/v1/: a router for each app, one shape of error."""

from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.parser import Parser

from config import errors
from crm.api import router as crm_router
from crm.bodies import read_json
from crm.callbacks.api import router as callbacks_router
from funnel.api import router as funnel_router
from funnel.reports.api import router as reports_router
from messaging.api import router as messaging_router
from messaging.conversations.api import router as conversations_router
from messaging.followups.api import router as followups_router
from messaging.policy.api import router as policy_router
from messaging.proof.api import router as proof_router
from messaging.wording.api import router as wording_router


class StrictParser(Parser):
    """Reads every body of the API; what it raises is answered as a problem."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)


api = NinjaAPI(
    parser=StrictParser(),
    title="Sendoff",
    version="1",
    description="Visits recorded tap by tap, texts that are due five minutes after leaving, and honest numbers.",
    openapi_url="/openapi.json",
    docs_url="/docs",
    # The map of the doors is for those who run the installation.
    docs_decorator=None if settings.DEMO else staff_member_required,
    urls_namespace="api-v1",
)
errors.install(api)
api.add_router("", crm_router)
api.add_router("", callbacks_router)
api.add_router("", messaging_router)
api.add_router("", conversations_router)
api.add_router("", wording_router)
api.add_router("", followups_router)
api.add_router("", policy_router)
api.add_router("", proof_router)
api.add_router("", funnel_router)
api.add_router("", reports_router)
