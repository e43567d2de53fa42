"""The pretended Twilio is judged by Twilio's description: what it has, refuses, reports and remembers."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
import smsutil  # type: ignore[import-untyped]
from django.conf import settings as ours
from django.core.management import CommandError, call_command

from messaging.fakes.faults import BadMix, Mix, read_mix
from messaging.fakes.resource import segments
from messaging.fakes.server import running
from messaging.fakes.twilio import ACCOUNT, FROM, SERVICE, TOKEN, FakeTwilio
from messaging.providers.twilio import is_signed

FORM = {"To": "+12125550142", "From": FROM, "Body": "Hello"}
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeTwilio]:
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY = TOKEN, ""
    with running(FakeTwilio()) as started:
        yield started


def ask(url: str, fields: dict[str, str] | None = None, password: str = TOKEN) -> tuple[int, dict[str, Any]]:
    method = "POST" if fields is not None else "GET"
    response = requests.request(method, url, data=fields, auth=(ACCOUNT, password), timeout=10)
    return response.status_code, response.json()


def control(fake: FakeTwilio, name: str, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = requests.post(f"{fake.url}/control/{name}", json=order, timeout=10)
    return response.status_code, response.json()


def send(fake: FakeTwilio, **fields: str) -> dict[str, Any]:
    status, text = ask(f"{fake.url}{ROOT}.json", FORM | fields)
    assert status == 201, text
    return text


def pages(fake: FakeTwilio, **query: str) -> Iterator[list[str]]:
    following: str | None = f"{ROOT}.json?{urlencode(query)}"
    while following:
        _, page = ask(fake.url + following)
        following = page["next_page_uri"]
        yield [text["body"] for text in page["messages"]]


def until(condition: Callable[[], Any]) -> None:
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.005)


class Receiver:
    """A web server that keeps what it is sent, and whether Twilio's own client would believe it."""

    def __init__(self, public: str) -> None:
        self.got: list[dict[str, str]] = []
        self.signed: list[bool] = []
        self.public, self.url = public, ""


@contextmanager
def receiver(public: str = "https://crm.example") -> Iterator[Receiver]:
    kept = Receiver(public)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), True))
            signature = self.headers["X-Twilio-Signature"]
            kept.signed.append(is_signed(url=kept.public + self.path, params=form, signature=signature))
            kept.got.append(form)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestWhatItHas:
    def test_a_text_is_kept_listed_and_fetched(self, fake: FakeTwilio) -> None:
        text = send(fake)
        assert re.fullmatch("SM[0-9a-f]{32}", text["sid"])
        assert (text["status"], text["direction"], text["date_sent"]) == ("queued", "outbound-api", None)
        assert ask(f"{fake.url}{ROOT}/{text['sid']}.json") == (200, text)
        assert list(pages(fake, To=FORM["To"])) == [["Hello"]]
        assert list(pages(fake, To="+12125550143")) == [[]]

    def test_a_messaging_service_has_no_sender_yet(self, fake: FakeTwilio) -> None:
        form = {"To": FORM["To"], "Body": "Hello", "MessagingServiceSid": SERVICE}
        _, text = ask(f"{fake.url}{ROOT}.json", form)
        assert (text["status"], text["from"], text["num_segments"]) == ("accepted", None, "0")

    def test_lists_come_in_pages_the_newest_first_whatever_is_added_meanwhile(self, fake: FakeTwilio) -> None:
        for number in range(5):
            send(fake, Body=str(number))
        seen = []
        for page in pages(fake, PageSize="2"):
            seen.append(page)
            send(fake, Body="meanwhile")
        assert seen == [["4", "3"], ["2", "1"], ["0"]]

    def test_only_what_was_sent_is_in_the_list_of_a_day(self, fake: FakeTwilio) -> None:
        sent, _ = send(fake, Body="sent"), send(fake, Body="waits")
        control(fake, "status", {"sid": sent["sid"], "status": "sent"})
        day = time.strftime("%Y-%m-%d", time.gmtime(fake.now()))
        assert list(pages(fake, DateSent=day)) == [["sent"]]
        assert list(pages(fake, DateSent="2020-01-01")) == [[]]

    def test_a_list_may_lag_behind(self, fake: FakeTwilio) -> None:
        control(fake, "behaviour", {"list_lag_seconds": 60})
        text = send(fake)
        assert list(pages(fake)) == [[]]
        assert ask(f"{fake.url}{ROOT}/{text['sid']}.json")[0] == 200
        control(fake, "behaviour", {"ahead_seconds": 61})
        assert list(pages(fake)) == [["Hello"]]

    @pytest.mark.parametrize("body", ["a" * 160, "a" * 161, "€" * 81, "谢" * 70, "谢" * 71, "😀" * 36, "“hi”", "[a]"])
    def test_it_counts_segments_as_others_do(self, body: str) -> None:
        assert segments(body) == len(smsutil.split(body).parts)


class TestWhatItRefuses:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"To": ""}, 21211),
            ({"To": "12125550142"}, 21211),
            ({"Body": "x" * 1601}, 21617),
            ({"StatusCallback": "crm.example/hooks"}, 21609),
            ({"StatusCallback": "https://my_shop.example/hooks"}, 21609),
            ({"ValidityPeriod": "0"}, 20001),
            ({"ValidityPeriod": "36001"}, 20001),
            ({"ValidityPeriod": "1800.0"}, 20001),
            ({"MessagingServiceSid": SERVICE}, 20001),
            ({"SendAt": "2026-12-01T00:00:00Z"}, 20001),
            ({"Sender": "me"}, 20001),
        ],
    )
    def test_a_request_that_twilio_does_not_document_is_refused_and_remembered(
        self, fake: FakeTwilio, fields: dict[str, str], code: int
    ) -> None:
        status, answer = ask(f"{fake.url}{ROOT}.json", FORM | fields)
        assert (status, answer["code"]) == (400, code)
        assert {complaint.field for complaint in fake.complaints} & {*fields, "From"}
        assert fake.created == []

    @pytest.mark.parametrize(("field", "code"), [("To", 21604), ("From", 21603), ("Body", 21602)])
    def test_who_where_from_and_what_must_be_said(self, fake: FakeTwilio, field: str, code: int) -> None:
        status, answer = ask(f"{fake.url}{ROOT}.json", {name: FORM[name] for name in FORM if name != field})
        assert (status, answer["code"]) == (400, code)

    @pytest.mark.parametrize("query", [{"PageSize": "1001"}, {"DateSent": "2026-11-23T00:00:00Z"}, {"Status": "sent"}])
    def test_a_list_by_what_is_not_documented_is_refused(self, fake: FakeTwilio, query: dict[str, str]) -> None:
        assert ask(f"{fake.url}{ROOT}.json?{urlencode(query)}")[0] == 400

    def test_a_stranger_is_refused(self, fake: FakeTwilio) -> None:
        assert ask(f"{fake.url}{ROOT}.json", FORM, password="wrong")[1]["code"] == 20003
        assert ask(f"{fake.url}{ROOT}.json", password="wrong")[0] == 401
        assert fake.created == []

    @pytest.mark.parametrize(("number", "code"), [("+15005550001", 21211), ("+15005550009", 21614)])
    def test_twilios_own_numbers_for_errors_give_them(self, fake: FakeTwilio, number: str, code: int) -> None:
        assert ask(f"{fake.url}{ROOT}.json", FORM | {"To": number})[1]["code"] == code

    def test_a_stop_is_heeded_until_a_start(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            control(fake, "behaviour", {"inbound_url": f"{shop.url}/in"})
            control(fake, "inbound", {"from": FORM["To"], "body": "Stop"})
            assert ask(f"{fake.url}{ROOT}.json", FORM)[1]["code"] == 21610
            control(fake, "inbound", {"from": FORM["To"], "body": "START"})
            send(fake)


class TestWhatItReports:
    def test_each_status_but_the_first_is_reported_signed_for_the_public_address(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            fake.callbacks_to, fake.step_seconds = shop.url, 0.02
            text = send(fake, StatusCallback="https://crm.example/hooks?a=1")
            until(lambda: len(fake.called) == 3)
        # In which order they arrive is up to the network.
        assert sorted(form["MessageStatus"] for form in shop.got) == ["delivered", "sending", "sent"]
        assert shop.signed == [True] * 3
        assert {form["MessageSid"] for form in shop.got} == {text["sid"]}
        assert {form["AccountSid"] for form in shop.got} == {ACCOUNT}
        assert [called.outcome for called in fake.called] == ["204"] * 3

    def test_a_text_that_is_not_delivered_says_why(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            fake.callbacks_to, fake.step_seconds, fake.undelivered = shop.url, 0.01, 1.0
            text = send(fake, StatusCallback="https://crm.example/hooks")
            until(lambda: len(shop.got) == 3)
        assert {form["MessageStatus"]: form.get("ErrorCode") for form in shop.got} == {
            "sending": None,
            "sent": None,
            "undelivered": "30003",
        }
        assert ask(f"{fake.url}{ROOT}/{text['sid']}.json")[1]["error_code"] == 30003

    def test_reports_may_be_lost(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            fake.callbacks_to, fake.step_seconds, fake.lost = shop.url, 0.01, 1.0
            text = send(fake, StatusCallback="https://crm.example/hooks")
            until(lambda: len(fake.called) == 3)
            assert shop.got == []
        assert {called.outcome for called in fake.called} == {"lost"}
        assert ask(f"{fake.url}{ROOT}/{text['sid']}.json")[1]["status"] == "delivered"

    def test_reports_may_be_doubled(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            fake.callbacks_to, fake.doubled = shop.url, 1.0
            text = send(fake, StatusCallback="https://crm.example/hooks")
            control(fake, "status", {"sid": text["sid"], "status": "sent"})
            until(lambda: len(shop.got) >= 2)
        assert {form["MessageStatus"] for form in shop.got} == {"sent"}

    def test_reports_may_overtake_each_other(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            fake.callbacks_to, fake.step_seconds, fake.mix, fake.reordered = shop.url, 0.05, Mix({"ok": 1}, 3), 0.5
            for _ in range(8):
                send(fake, StatusCallback="https://crm.example/hooks")
            until(lambda: len(shop.got) == 24)
        orders = {tuple(f["MessageStatus"] for f in shop.got if f["MessageSid"] == t["sid"]) for t in fake.created}
        assert len(orders) > 1

    def test_a_report_that_reaches_nobody_is_tried_twice_and_remembered(self, fake: FakeTwilio) -> None:
        with receiver() as shop:
            fake.callbacks_to = shop.url
        text = send(fake, StatusCallback="https://crm.example/hooks")
        control(fake, "status", {"sid": text["sid"], "status": "sent"})
        until(lambda: len(fake.called) == 2)
        assert {called.outcome for called in fake.called} == {"ConnectionRefusedError"}

    @pytest.mark.parametrize(("advanced", "kind"), [(False, None), (True, "STOP")])
    def test_a_customers_text_is_handed_over_signed(self, fake: FakeTwilio, advanced: bool, kind: str | None) -> None:
        with receiver() as shop:
            fake.callbacks_to, fake.inbound_url = shop.url, "https://crm.example/in"
            fake.advanced_opt_out = advanced
            answer = control(fake, "inbound", {"from": "+12125550142", "body": "STOP"})
        assert answer == (200, {"status": 204, "body": ""})
        (form,) = shop.got
        assert shop.signed == [True]
        assert (form["From"], form["To"], form["Body"]) == ("+12125550142", FROM, "STOP")
        assert form.get("OptOutType") == kind
        assert re.fullmatch("SM[0-9a-f]{32}", form["MessageSid"])


class TestABadDay:
    def test_the_same_seed_brings_the_same_faults(self) -> None:
        weights = read_mix("ok=50, drop_after=10,429=5.5")
        days = [[mix.draw() for _ in range(50)] for mix in (Mix(weights, 7), Mix(weights, 7), Mix(weights, 8))]
        assert days[0] == days[1] != days[2]
        assert set(days[0]) <= weights.keys()

    @pytest.mark.parametrize("mix", ["", "ok", "ok=-1", "rain=3", "ok=0"])
    def test_a_mix_that_makes_no_sense_is_refused(self, mix: str) -> None:
        with pytest.raises(BadMix):
            read_mix(mix)

    def test_a_late_text_is_taken_after_the_connection_is_gone(self, fake: FakeTwilio) -> None:
        fake.late_seconds = 0.2
        control(fake, "behaviour", {"mix": "late=1", "seed": 1})
        with pytest.raises(requests.ConnectionError):
            send(fake)
        assert fake.created == []
        until(lambda: fake.created)
        assert [asked.fault for asked in fake.asked] == ["late"]

    def test_lists_may_fail_by_themselves(self, fake: FakeTwilio) -> None:
        fake.failing_reads = 1.0
        send(fake)
        assert ask(f"{fake.url}{ROOT}.json")[0] == 500

    def test_a_429_says_when_to_come_back(self, fake: FakeTwilio) -> None:
        control(fake, "behaviour", {"mix": "429=1", "retry_after": "7"})
        refused = requests.post(f"{fake.url}{ROOT}.json", FORM, auth=(ACCOUNT, TOKEN), timeout=10)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")

    @pytest.mark.parametrize("order", [{"weather": "rain"}, {"mix": "rain=1"}, {"token": "x"}])
    def test_a_knob_there_is_not_is_refused(self, fake: FakeTwilio, order: dict[str, Any]) -> None:
        assert control(fake, "behaviour", order)[0] == 400

    def test_the_record_tells_everything_but_the_token(self, fake: FakeTwilio) -> None:
        text = send(fake)
        ask(f"{fake.url}{ROOT}.json?To=%2B12125550142")
        status, record = ask(f"{fake.url}/control/record")
        assert status == 200
        assert [asked["method"] for asked in record["requests"]] == ["POST", "GET"]
        assert record["requests"][0]["form"] == FORM
        assert 0 <= record["now"] - record["requests"][0]["at"] < 60
        assert record["texts"] == [text]
        assert TOKEN not in json.dumps(record)


def test_it_shares_nothing_with_our_side_of_the_line() -> None:
    foreign = re.compile(
        r"^\s*(?:from|import) (?!messaging\.fakes)(?:messaging|crm|funnel|config|django|twilio)", re.M
    )
    files = list((ours.BASE_DIR / "messaging" / "fakes").glob("*.py"))
    assert len(files) > 4
    assert [file.name for file in files if foreign.search(file.read_text("utf-8"))] == []


class TestTheCommand:
    def start(self, tmp_path: Path, *flags: str, mode: str = "demo") -> subprocess.Popen[str]:
        environment = {"SENDOFF_MODE": mode, "DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"], "TZ": "UTC"}
        command = [sys.executable, str(ours.BASE_DIR / "manage.py"), "fake_sms_provider", *flags]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )

    def test_it_runs_until_it_is_told_to_stop(self, tmp_path: Path) -> None:
        with self.start(tmp_path, "--mix", "500_after=1", "--seed", "3", "--failing-reads", "0") as process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[0]
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            assert ask(f"{url}{ROOT}.json", FORM)[0] == 500
            assert [text["body"] for text in ask(f"{url}{ROOT}.json")[1]["messages"]] == ["Hello"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0

    @pytest.mark.parametrize("flags", [["--mix", "rain=1"], ["--lost", "2"]])
    def test_flags_that_make_no_sense_are_refused(self, flags: list[str]) -> None:
        with pytest.raises(CommandError, match=flags[0]):
            call_command("fake_sms_provider", *flags)

    def test_a_real_shop_cannot_have_it(self, tmp_path: Path) -> None:
        with self.start(tmp_path, mode="production") as process:
            _, errors = process.communicate(timeout=20)
        assert process.returncode != 0
        assert "SENDOFF_MODE" in errors or "SECRET_KEY" in errors
