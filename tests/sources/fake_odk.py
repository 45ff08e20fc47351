"""ODK Central as its API answers: sessions, the list of submissions, the OData feed with skip tokens, a draft.

As in Central, the feed comes newest first, and a skip token goes with no order of one's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from urllib.parse import urlencode

from sources.served import Answer, Asked, Served

PASSWORD = "correct horse"
FORM = "/v1/projects/3/forms/budget"
TOKEN = "8GvE7" * 12
CLAUSE = re.compile(r"__system/(submissionDate|updatedAt) ge (\S+)\Z")
LINK = "@odata.navigationLink"


class FakeOdk(Served):
    """One form; `rows` are its submissions, by root instanceId, in order of arrival; `trash` those deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict] = {}
        self.trash: dict[str, dict] = {}
        self.draft: list[dict] = []
        self.token = ""

    def put(self, key: str, answers: dict, at: str, is_whole: bool = True) -> None:
        system = {
            "submissionDate": at,
            "updatedAt": None,
            "submitterId": "5",
            "submitterName": "Data collector",
            "attachmentsPresent": 0,
            "attachmentsExpected": 0 if is_whole else 1,
            "status": None,
            "reviewState": None,
            "deviceId": "collect:1",
            "edits": 0,
            "formVersion": "2026.1",
            "deletedAt": None,
        }
        self.rows[key] = {"__id": key, "__system": system, "meta": {"instanceID": key, "instanceName": None}, **answers}

    def put_encrypted(self, key: str, at: str) -> None:
        """Put a record that the server itself cannot read: it gives no field of the form."""
        self.put(key, {}, at)
        del self.rows[key]["meta"]
        self.rows[key]["__system"]["status"] = "notDecrypted"

    def edit(self, key: str, answers: dict, at: str) -> None:
        row = self.rows[key]
        edits = row["__system"]["edits"] + 1
        row["__system"] |= {"updatedAt": at, "edits": edits, "reviewState": "edited"}
        row |= answers | {"meta": {"instanceID": f"{key}-{edits}", "instanceName": None}}

    def review(self, key: str, state: str, at: str) -> None:
        self.rows[key]["__system"] |= {"updatedAt": at, "reviewState": state}

    def delete(self, key: str, at: str) -> None:
        self.trash[key] = self.rows.pop(key)
        self.trash[key]["__system"]["deletedAt"] = at

    def is_faulty(self, asked: Asked) -> bool:
        return asked.path.endswith("/Submissions")

    def answer(self, asked: Asked) -> Answer:
        if (asked.method, asked.path) == ("POST", "/v1/sessions"):
            return self._session(json.loads(asked.body))
        if not self.token or asked.headers.get("Authorization") != f"Bearer {self.token}":
            return problem(401.2, "Could not authenticate with the provided credentials.")
        if (asked.method, asked.path) == ("DELETE", "/v1/sessions/current"):
            self.token = ""
            return _json({"success": True})
        if asked.path == f"{FORM}/submissions":
            return _json([_listed(row) for row in _newest_first(self.rows)])
        if asked.path == f"{FORM}.svc/Submissions":
            return self._page(asked)
        if asked.path == f"{FORM}/draft.svc/Submissions":
            return _json({"value": self.draft})
        return problem(404.1, "Could not find the resource you were looking for.")

    def _session(self, body: dict) -> Answer:
        if body != {"email": "organiser@example.org", "password": PASSWORD}:
            return problem(401.2, "Could not authenticate with the provided credentials.")
        self.token = TOKEN
        return _json(
            {"token": TOKEN, "csrf": "x" * 64, "expiresAt": "2099-01-01T00:00:00.000Z",
             "createdAt": "2026-01-01T00:00:00.000Z"}
        )  # fmt: skip

    def _page(self, asked: Asked) -> Answer:
        query = asked.query
        if "$orderby" in query and "$skiptoken" in query:
            words = "The requested feature using $orderby and $skiptoken together is not supported by this server."
            return problem(501.1, words)
        found = _newest_first({key: row for key, row in self.rows.items() if _is_asked_for(row, query["$filter"])})
        left = _after(query.get("$skiptoken", ""), found, {**self.rows, **self.trash})
        top = int(query["$top"])
        body: dict = {
            "value": [_shown(row, query.get("$expand") == "*") for row in left[:top]],
            "@odata.context": f"{self.url}{FORM}.svc/$metadata#Submissions",
        }
        if len(left) > top:
            last = json.dumps({"instanceId": left[top - 1]["__id"]}, separators=(",", ":"))
            query = {**query, "$skiptoken": "01" + base64.b64encode(last.encode()).decode()}
            body["@odata.nextLink"] = f"{self.url}{asked.path}?{urlencode(query)}"
        if query.get("$count") == "true" and found:
            body["@odata.count"] = len(found)
        return _json(body)


def problem(code: float, message: str) -> Answer:
    """Give an error as Central words it; the whole part of its code is the status."""
    return Answer(json.dumps({"message": message, "code": code}).encode(), int(code))


def _is_asked_for(row: dict, text: str) -> bool:
    clauses = [CLAUSE.match(clause) for clause in text.split(" or ")]
    return any((row["__system"][clause[1]] or "") >= clause[2] for clause in clauses if clause)


def _newest_first(rows: dict[str, dict]) -> list[dict]:
    # Of equal times the later arrival comes first: rows are in order of arrival.
    return sorted(reversed(rows.values()), key=lambda row: row["__system"]["submissionDate"], reverse=True)


def _after(token: str, found: list[dict], every: dict[str, dict]) -> list[dict]:
    """Give what comes after the row of a skip token, which may have been deleted meanwhile."""
    if not token:
        return found
    last = json.loads(base64.b64decode(token.removeprefix("01")))["instanceId"]
    order = [row["__id"] for row in _newest_first(every)]
    return [row for row in found if order.index(row["__id"]) > order.index(last)]


def _shown(row: dict, is_expanded: bool) -> dict:
    """Give a row as the feed does: of a repeat a link, and beside it its rows where they are asked for."""
    shown: dict = {}
    for name, value in row.items():
        if isinstance(value, dict) and name not in ("__system", "meta"):
            shown[name] = _shown({"__id": row["__id"], **value}, is_expanded)
            del shown[name]["__id"]
        elif isinstance(value, list):
            shown[f"{name}{LINK}"] = f"Submissions('{row['__id']}')/{name}"
            if is_expanded:
                shown[name] = [{"__id": _hash(row["__id"], name, number), **one} for number, one in enumerate(value)]
        else:
            shown[name] = value
    return shown


def _hash(*parts: object) -> str:
    return hashlib.sha1("#".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def _listed(row: dict) -> dict:
    system = row["__system"]
    own = {"submitterId": 5, "deviceId": system["deviceId"], "userAgent": "Enketo/7"}
    return {
        "instanceId": row["__id"],
        **own,
        "createdAt": system["submissionDate"],
        "updatedAt": system["updatedAt"],
        "deletedAt": None,
        "reviewState": system["reviewState"],
        "currentVersion": {
            "instanceId": row.get("meta", {"instanceID": row["__id"]})["instanceID"],
            "instanceName": None,
            **own,
            "createdAt": system["updatedAt"] or system["submissionDate"],
            "current": True,
        },
    }


def _json(body: object) -> Answer:
    return Answer(json.dumps(body).encode())
