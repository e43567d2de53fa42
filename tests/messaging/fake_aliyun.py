"""An Aliyun on loopback: SendSms and QuerySendDetails as Aliyun describes them, its signature checked anew, and its
pushes of receipts and replies."""

import hashlib
import hmac
import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from messaging.fakes.serving import Handler, serving

KEY_ID = "LTAI" + "a1" * 8
SECRET = "0123456789abcdef0123456789abcd"
PUSH_SECRET = "Zk3v_9tQ-1xW7bN5cR2mL8sD4fG6hJ0pA"
BEIJING = timezone(timedelta(hours=8))
# The parameters that the vendor documents: whether each is required, and its form.
PARAMETERS: dict[str, dict[str, tuple[bool, str]]] = {
    "SendSms": {
        "PhoneNumbers": (True, r"1\d{10}"),
        "SignName": (True, r"[^【】]{2,40}"),
        "TemplateCode": (True, r"SMS_\d+"),
        "TemplateParam": (False, r"\{.*\}"),
        "SmsUpExtendCode": (False, r"\d+"),
        "OutId": (False, r".{1,255}"),
    },
    "QuerySendDetails": {
        "PhoneNumber": (True, r"1\d{10}"),
        "BizId": (False, r".+"),
        "SendDate": (True, r"\d{8}"),
        "PageSize": (True, r"[1-9]|[1-4]\d|50"),
        "CurrentPage": (True, r"[1-9]\d*"),
    },
}


@dataclass
class FakeAliyun:
    """`faults` are played one a request: drop_before, drop_after, slow, redirect, garbage, garbage_after, <Code>, or
    <HTTP status>:<Code>."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    connections: int = 0
    slow_seconds: float = 1.0
    # It counts texts whose details it does not show.
    hidden: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def receipt(text: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One row of an SmsReport about a text that it took, as the vendor's page on it shows one."""
    now = datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    row = {
        "phone_number": text["PhoneNum"],
        "send_time": text["SendDate"],
        "report_time": now,
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": text["BizId"],
        "out_id": text["OutId"],
    }
    return row | fields


def reply(content: str, *, number: str, sequence_id: int, **fields: Any) -> dict[str, Any]:
    """One row of an SmsUp. Its present page shows no `sign_name`, and the number as a text; older ones show both the
    other way."""
    row = {
        "phone_number": number,
        "content": content,
        "send_time": datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "dest_code": "1234",
        "sequence_id": str(sequence_id),
    }
    return row | fields


def push(url: str, rows: list[dict[str, Any]]) -> list[int]:
    """Pushes as the vendor does: again up to three times, without its minutes in between, until it is answered with
    200 and a `code` that is a number. Answers the statuses."""
    statuses: list[int] = []
    address = urlsplit(url)
    for _ in range(4):
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        body = json.dumps(rows, ensure_ascii=False).encode()
        connection.request("POST", address.path, body, {"Content-Type": "application/json;charset=UTF-8"})
        response = connection.getresponse()
        said = response.read()
        connection.close()
        statuses.append(response.status)
        if response.status == 200 and type(json.loads(said).get("code")) is int:
            break
    return statuses


@contextmanager
def fake_aliyun() -> Iterator[FakeAliyun]:
    """A running one; whatever a test does, it must have nothing to complain of."""
    fake = FakeAliyun()
    with serving(_handler(fake)) as fake.url:
        yield fake
    assert fake.complaints == []


def signature(method: str, target: str, headers: dict[str, str], body: bytes, signed: list[str]) -> str:
    """ACS3-HMAC-SHA256 as the vendor's page on signature V3 describes it."""
    url = urlsplit(target)
    query = sorted(parse_qsl(url.query, keep_blank_values=True))
    canonical = "\n".join(
        [
            method,
            url.path or "/",
            "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(signed)),
            ";".join(sorted(signed)),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def _faults_of_signature(method: str, target: str, headers: dict[str, str], body: bytes) -> Iterator[str]:
    told = re.fullmatch(
        r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
        headers.get("authorization", ""),
    )
    if told is None:
        yield "authorization has another form"
        return
    key_id, signed, given = told[1], told[2].split(";"), told[3]
    must = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
    if not must <= set(signed):
        yield "a header that must be signed is not"
    if key_id != KEY_ID:
        yield "another key"
    if headers.get("x-acs-content-sha256") != hashlib.sha256(body).hexdigest():
        yield "the hash is of another body"
    if headers.get("x-acs-version") != "2017-05-25":
        yield "another version"
    at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if abs(datetime.now(UTC) - at) > timedelta(minutes=15):
        yield "a date that has expired"
    if given != signature(method, target, headers, body, signed):
        yield "the signature is wrong"


def _handler(fake: FakeAliyun) -> type[Handler]:
    nonces: set[str] = set()

    class Face(Handler):
        def setup(self) -> None:
            super().setup()
            with fake.lock:
                fake.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            action = headers.get("x-acs-action", "")
            parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            with fake.lock:
                fake.asked.append((action, parameters))
                fake.complaints += _faults_of_signature("POST", self.path, headers, body)
                nonce = headers.get("x-acs-signature-nonce", "")
                if nonce in nonces:
                    fake.complaints.append("a nonce that was used before")
                nonces.add(nonce)
                known = PARAMETERS[action]
                fake.complaints += [f"{name} is unknown" for name in parameters if name not in known]
                for name, (required, form) in known.items():
                    if required and name not in parameters:
                        fake.complaints.append(f"{name} is missing")
                    elif name in parameters and not re.fullmatch(form, parameters[name], re.S):
                        fake.complaints.append(f"{name} has another form")
                fault = fake.faults.pop(0) if fake.faults else ""
                answer = self.send_sms if action == "SendSms" else self.details
                said = None if fault and fault not in ("drop_after", "slow", "garbage_after") else answer(parameters)
            self.play(fault, said)

        def send_sms(self, parameters: dict[str, str]) -> dict[str, Any]:
            assert isinstance(json.loads(parameters.get("TemplateParam", "{}")), dict)
            text = {
                "PhoneNum": parameters["PhoneNumbers"],
                "SendStatus": 1,
                "ErrCode": "",
                "TemplateCode": parameters["TemplateCode"],
                "Content": f"【{parameters['SignName']}】…",
                "SendDate": datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
                "ReceiveDate": "",
                "OutId": parameters.get("OutId", ""),
                # The details do not show it, and receipts do.
                "BizId": f"{len(fake.taken) + 1}^0",
            }
            fake.taken.append(text)
            return {"Code": "OK", "Message": "OK", "RequestId": "R-1", "BizId": text["BizId"]}

        def details(self, parameters: dict[str, str]) -> dict[str, Any]:
            day = "-".join(re.fullmatch(r"(\d{4})(\d\d)(\d\d)", parameters["SendDate"]).groups())  # type: ignore[union-attr]  # its form was checked
            texts = [
                text
                for text in fake.taken
                if text["PhoneNum"] == parameters["PhoneNumber"] and text["SendDate"].startswith(day)
            ]
            size, page = int(parameters["PageSize"]), int(parameters["CurrentPage"])
            shown = [
                {name: value for name, value in text.items() if name != "BizId"}
                for text in texts[size * (page - 1) : size * page]
            ]
            return {
                "Code": "OK",
                "Message": "OK",
                "RequestId": "R-2",
                "TotalCount": str(len(texts) + fake.hidden),
                "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown},
            }

        def play(self, fault: str, said: dict[str, Any] | None) -> None:
            if fault.startswith("drop"):
                self.drop()
            elif fault.startswith("garbage"):
                self.answer(200, "<html>")
            elif fault == "redirect":
                self.answer(307, "", {"Location": fake.url + self.path})
            elif fault in ("", "slow"):
                if fault:
                    time.sleep(fake.slow_seconds)
                self.answer(200, said)
            else:
                status, _, code = fault.rpartition(":")
                refused = {"Code": code, "Message": "no", "RequestId": "R-3"}
                self.answer(int(status or 200), refused if code else "")

    return Face
