"""The load: a process that keeps many connections and sends the next request as soon as the last one is answered.

One thread with plain sockets, since 32 threads in Python would mostly wait for each other. It is told what to do by
lines on its standard input: first who its clients are, then for each round how many seconds it lasts; it answers with
one line for each. It ends when its input does.
"""

import json
import re
import selectors
import socket
import sys
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any, Protocol
from uuid import uuid4

from tests.bench.floor_tables import FIRST_VISIT, VISIT_ID, VISITS
from tests.bench.tablets import STAYING, STEPS, Tablet, http_request

LONGEST_ANSWER_SECONDS = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CURSOR = re.compile(rb'"cursor": ?"([^"]+)"')


class Hand(Protocol):
    """Makes requests, and knows from an answer whether all of it was taken."""

    @property
    def events(self) -> int: ...
    def request(self) -> bytes: ...
    def took(self, body: bytes) -> bool: ...


@dataclass(slots=True)
class SyncHand:
    """A tablet that hands in so many events at once."""

    port: int
    headers: str
    tablet: Tablet
    events: int

    def request(self) -> bytes:
        body = self.tablet.batch(self.tablet.taps(self.events))
        return http_request(path="/api/v1/sync", port=self.port, headers=self.headers, body=body)

    def took(self, body: bytes) -> bool:
        cursor = _CURSOR.search(body)
        if cursor is None:
            return False
        self.tablet.cursor = cursor[1].decode()
        return body.count(b'"accepted"') == self.events


@dataclass(slots=True)
class FloorHand:
    """A client of the floor: one event a request, each for another visit."""

    port: int
    headers: str
    tablet: Tablet
    number: int
    events: int = 1

    def request(self) -> bytes:
        self.number = (self.number + 1) % VISITS
        self.tablet.visit = VISIT_ID.format(number=FIRST_VISIT + self.number)
        body = self.tablet.event("stage.entered", '{"stage":"needs"}', at=time()).encode()
        return http_request(path="/events", port=self.port, headers=self.headers, body=body)

    def took(self, body: bytes) -> bool:
        return b'"accepted"' in body


@dataclass(slots=True)
class Client:
    """One kept connection with what was sent and received on it."""

    hand: Hand
    connection: socket.socket
    sent_at: float = 0.0
    received: bytes = b""
    events: int = 0

    def send(self) -> None:
        self.received = b""
        request = self.hand.request()
        self.sent_at = perf_counter()
        self.connection.sendall(request)

    def answer(self) -> tuple[int, bytes] | None:
        """Reads on; the status and the body once the answer is whole."""
        piece = self.connection.recv(262_144)
        if not piece:
            raise ConnectionError("the server closed a kept connection")
        self.received += piece
        head, gap, body = self.received.partition(b"\r\n\r\n")
        if not gap:
            return None
        length = _LENGTH.search(head + b"\r\n")
        whole = len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")
        return (int(head[9:12]), body) if whole else None


@dataclass(slots=True)
class Round:
    """What one round brought, the answers after its end among them."""

    requests: int = 0
    # The sum of what each client reached until its own last answer: so a long answer counts for as long as it took.
    events_per_second: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    refused: int = 0
    first_refusal: str = ""


def run(clients: list[Client], seconds: float) -> Round:
    """Keeps every client busy for so long, and waits for the last answers."""
    found = Round()
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.connection, selectors.EVENT_READ, client)
        began = perf_counter()
        for client in clients:
            client.events = 0
            client.send()
        waiting = len(clients)
        while waiting:
            ready = selector.select(LONGEST_ANSWER_SECONDS)
            if not ready:
                raise TimeoutError("the server did not answer")
            for key, _ in ready:
                client = key.data
                answer = client.answer()
                if answer is None:
                    continue
                now = perf_counter()
                _count(found, client, answer, now)
                if now - began < seconds:
                    client.send()
                else:
                    found.events_per_second += client.events / (now - began)
                    waiting -= 1
    return found


def _count(found: Round, client: Client, answer: tuple[int, bytes], now: float) -> None:
    status, body = answer
    found.requests += 1
    if status == 200 and client.hand.took(body):
        client.events += client.hand.events
        found.latencies_ms.append(round((now - client.sent_at) * 1000, 3))
    else:
        found.refused += 1
        found.first_refusal = found.first_refusal or f"{status} {body[:500].decode(errors='replace')}"


def hand_of(client: dict[str, Any], *, port: int, events: int, number: int) -> Hand:
    """The hand of one client of the load's order."""
    if "token" in client:
        headers = f"Authorization: Bearer {client['token']}\r\n"
        return FloorHand(port, headers, Tablet(staff=str(uuid4())), number * 50)
    headers = f"Cookie: {client['cookies']}\r\nX-CSRFToken: {client['csrf']}\r\n"
    steps = STAYING if client["staying"] else STEPS
    return SyncHand(port, headers, Tablet(staff=client["staff"], cursor=client["cursor"], steps=steps), events)


def main() -> None:
    """Follows the order on the standard input."""
    order = json.loads(sys.stdin.readline())
    clients = []
    for number, client in enumerate(order["clients"]):
        connection = socket.create_connection(("127.0.0.1", order["port"]), timeout=LONGEST_ANSWER_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        clients.append(Client(hand_of(client, port=order["port"], events=order["events"], number=number), connection))
    print("ready", flush=True)
    for line in sys.stdin:
        found = run(clients, float(line))
        answer = {name: getattr(found, name) for name in Round.__slots__}
        print(json.dumps(answer), flush=True)
    for client in clients:
        client.connection.close()


if __name__ == "__main__":
    main()
