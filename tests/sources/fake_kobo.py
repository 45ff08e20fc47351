"""KoboToolbox as its API v2 answers: pages with next links, a query and fields in Mongo's words, edits by new _uuid.

As in the server, a page never has more than `most` records, and chosen fields bring three more along.
"""

from __future__ import annotations

import json
import operator
from urllib.parse import urlencode

from sources.served import Answer, Asked, Served

TOKEN = "0123456789abcdef"
ALWAYS = ("_id", "_uuid", "meta/rootUuid", "_validation_status")
COMPARED = {"$in": lambda key, of: key in of, "$gte": operator.ge, "$gt": operator.gt}
PATH = "/api/v2/assets/aBcDeF/data/"


class FakeKobo(Served):
    """One project; `rows` are its submissions by _id."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, dict] = {}
        self.most = 1_000

    def put(self, key: int, answers: dict, at: str) -> None:
        self.rows[key] = {
            "_id": key,
            "formhub/uuid": "f0f0",
            **answers,
            "__version__": "vX1",
            "meta/instanceID": f"uuid:{key}-0",
            "meta/rootUuid": f"uuid:{key}-0",
            "_xform_id_string": "aBcDeF",
            "_uuid": f"{key}-0",
            "_attachments": [],
            "_status": "submitted_via_web",
            "_geolocation": [None, None],
            "_submission_time": at.removesuffix("Z").split(".")[0],
            "_validation_status": {},
            "_submitted_by": None,
        }

    def edit(self, key: int, answers: dict) -> None:
        row = self.rows[key]
        before = row["_uuid"]
        number = int(before.split("-")[1]) + 1
        row |= answers | {
            "_uuid": f"{key}-{number}",
            "meta/instanceID": f"uuid:{key}-{number}",
            "meta/deprecatedID": f"uuid:{before}",
        }

    def review(self, key: int, uid: str) -> None:
        self.rows[key]["_validation_status"] = {"uid": uid, "label": uid.removeprefix("validation_status_")}

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Token {TOKEN}":
            return Answer(b'{"detail": "Invalid token."}', 401)
        if asked.path != PATH:
            return Answer(b'{"detail": "Not found."}', 404)
        wanted = json.loads(asked.query.get("query", "{}")).get("_id", {})
        rows = [row for key, row in sorted(self.rows.items()) if _matches(key, wanted)]
        start, limit = int(asked.query.get("start", 0)), min(int(asked.query["limit"]), self.most)
        fields = json.loads(asked.query.get("fields", "null"))
        shown = [_shown(row, fields) for row in rows[start : start + limit]]
        following = urlencode({**asked.query, "start": start + limit, "limit": limit})
        body = {
            "count": len(rows),
            "next": f"{self.url}{PATH}?{following}" if start + limit < len(rows) else None,
            "previous": None,
            "results": shown,
        }
        return Answer(json.dumps(body).encode())


def _shown(row: dict, fields: list[str] | None) -> dict:
    return {key: value for key, value in row.items() if not fields or key in (*fields, *ALWAYS)}


def _matches(key: int, wanted: dict) -> bool:
    return all(COMPARED[word](key, value) for word, value in wanted.items())
