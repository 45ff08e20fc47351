"""ODK Central as its API answers: sessions, the list of submissions, the OData feed with skip tokens, a draft."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

from sources.served import Answer, Asked, Served

PASSWORD = "correct horse"
FORM = "/v1/projects/3/forms/budget"


class FakeOdk(Served):
    """One form; `rows` are its submissions, by root instanceId, in order of arrival."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict] = {}
        self.draft: list[dict] = []
        self.token = ""

    def put(self, key: str, answers: dict, at: str, is_whole: bool = True) -> None:
        system = {
            "submissionDate": at,
            "updatedAt": None,
            "deletedAt": None,
            "submitterId": "5",
            "submitterName": "Data collector",
            "attachmentsPresent": 0,
            "attachmentsExpected": 0 if is_whole else 1,
            "status": None if is_whole else "missingAttachments",
            "reviewState": None,
            "deviceId": "collect:1",
            "edits": 0,
            "formVersion": "2026.1",
        }
        self.rows[key] = {"__id": key, "__system": system, "meta": {"instanceID": key, "instanceName": None}, **answers}

    def edit(self, key: str, answers: dict, at: str) -> None:
        row = self.rows[key]
        edits = row["__system"]["edits"] + 1
        row["__system"] |= {"updatedAt": at, "edits": edits, "reviewState": "edited"}
        row |= answers | {"meta": {"instanceID": f"{key}-{edits}", "instanceName": None}}

    def review(self, key: str, state: str, at: str) -> None:
        self.rows[key]["__system"] |= {"updatedAt": at, "reviewState": state}

    def is_faulty(self, asked: Asked) -> bool:
        return asked.path.endswith("/Submissions")

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/v1/sessions":
            return self._session(json.loads(asked.body))
        if not self.token or asked.headers.get("Authorization") != f"Bearer {self.token}":
            return Answer(b'{"message": "Could not authenticate with the provided credentials.", "code": 401.2}', 401)
        if asked.path == f"{FORM}/submissions":
            # Newest first, as Central lists them.
            return _json(sorted(map(_listed, self.rows.values()), key=lambda entry: entry["createdAt"], reverse=True))
        if asked.path == f"{FORM}.svc/Submissions":
            return self._page(asked)
        return super().answer(asked)

    def _session(self, body: dict) -> Answer:
        if body != {"email": "organiser@example.org", "password": PASSWORD}:
            return Answer(b'{"message": "Could not authenticate with the provided credentials.", "code": 401.2}', 401)
        self.token = "8GvE7" * 12
        return _json(
            {"token": self.token, "expiresAt": "2099-01-01T00:00:00.000Z", "createdAt": "2026-01-01T00:00:00.000Z"}
        )

    def _page(self, asked: Asked) -> Answer:
        since = asked.query["$filter"].split(" ge ")[1].split(" ")[0]
        rows = [row for row in self.rows.values() if _newest(row) >= since]
        rows.sort(key=lambda row: row["__system"]["submissionDate"])
        start = _token(asked.query.get("$skiptoken", ""), rows)
        top = int(asked.query["$top"])
        body: dict = {
            "value": rows[start : start + top],
            "@odata.context": f"{self.url}{FORM}.svc/$metadata#Submissions",
        }
        body["@odata.count"] = len(rows)
        if start + top < len(rows):
            last = json.dumps({"instanceId": rows[start + top - 1]["__id"]})
            query = {**asked.query, "$skiptoken": "01" + base64.b64encode(last.encode()).decode()}
            body["@odata.nextLink"] = f"{self.url}{asked.path}?{urlencode(query)}"
        return _json(body)


def _newest(row: dict) -> str:
    return max(row["__system"]["submissionDate"], row["__system"]["updatedAt"] or "")


def _token(token: str, rows: list[dict]) -> int:
    if not token:
        return 0
    last = json.loads(base64.b64decode(token[2:]))["instanceId"]
    return [row["__id"] for row in rows].index(last) + 1


def _listed(row: dict) -> dict:
    system = row["__system"]
    return {
        "instanceId": row["__id"],
        "submitterId": 5,
        "deviceId": system["deviceId"],
        "createdAt": system["submissionDate"],
        "updatedAt": system["updatedAt"],
        "reviewState": system["reviewState"],
        "userAgent": "Enketo/7",
        "currentVersion": {"instanceId": row["meta"]["instanceID"], "current": True},
    }


def _json(body: object) -> Answer:
    return Answer(json.dumps(body).encode())
