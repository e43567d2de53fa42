"""Answers for polls: the same data asked for again costs an empty 304."""

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags, quote_etag


def answer_if_changed(request: HttpRequest, data: dict[str, Any], *, tag: str | None = None) -> HttpResponse:
    """The data with its ETag, or 304 when the asker already has it."""
    body = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)
    etag = quote_etag(tag or hashlib.sha256(body.encode()).hexdigest()[:32])
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/json")
    response["ETag"] = etag
    # A tablet keeps it, but must ask each time; nothing in between may keep it.
    response["Cache-Control"] = "private, no-cache"
    return response
