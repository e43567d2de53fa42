"""Asks the running server whether it is ready, from the outside, as a load balancer would."""

import http.client
import json
import ssl

from config.addresses import Reached, answered_host

ANSWER_SECONDS = 10.0


def ready_answer(place: Reached) -> list[str]:
    """The codes of what is not ready yet: nothing when all is, and `no_answer` before anybody answers."""
    connection: http.client.HTTPConnection
    if place.https:
        # The certificate is for the tablets to check; this is the same machine.
        context = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(place.own_host, place.port, timeout=ANSWER_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(place.own_host, place.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": answered_host(), "Connection": "close"})
        answer = connection.getresponse()
        found = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return ["no_answer"]
    finally:
        connection.close()
    return list(found.get("codes", ["no_answer"]))
