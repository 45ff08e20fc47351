"""LimeSurvey's RemoteControl 2 as it answers: JSON-RPC over one address, errors as a status, exports as base64."""

from __future__ import annotations

import base64
import json

from sources.served import Answer, Asked, Served

PASSWORD = "correct horse"
EMPTY, NO_TABLE = "No Data, could not get max id.", "No Data, survey table does not exist."
CODES = {EMPTY: "ERR_NO_DATA", NO_TABLE: "ERR_NO_DATA"}


class FakeLimeSurvey(Served):
    """One survey (id 4711); `rows` are its responses by id, `has_codes` as from version 7 on."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.rows: dict[int, dict] = {}
        self.is_active, self.has_codes = True, False

    @property
    def rpc_url(self) -> str:
        return f"{self.url}/index.php/admin/remotecontrol"

    def put(self, key: int, answers: dict, at: str, is_whole: bool = True) -> None:
        time = at.replace("T", " ").removesuffix("Z").split(".")[0]
        self.rows[key] = {
            "id": key,
            "submitdate": time if is_whole else None,
            "lastpage": 3 if is_whole else 1,
            "startlanguage": "en",
            "seed": "17",
            "startdate": time,
            "datestamp": time,
            **answers,
        }

    def edit(self, key: int, answers: dict, at: str) -> None:
        self.rows[key] |= answers | {"datestamp": at.replace("T", " ").removesuffix("Z").split(".")[0]}

    def is_faulty(self, asked: Asked) -> bool:
        return b"export_responses" in asked.body

    def answer(self, asked: Asked) -> Answer:
        call = json.loads(asked.body)
        result = getattr(self, f"_{call['method']}")(*call["params"])
        return Answer(json.dumps({"id": call["id"], "result": result, "error": None}).encode())

    def _get_session_key(self, user: str, password: str, plugin: str) -> object:
        is_right = (user, password) == ("organiser", PASSWORD)
        return "k" * 32 if is_right else {"status": "Invalid user name or password"}

    def _release_session_key(self, key: str) -> str:
        return "OK"

    def status(self, text: str) -> dict[str, str]:
        """Give a status, which is how RemoteControl words what is wrong."""
        return {"status": text} | ({"error_code": CODES[text]} if self.has_codes else {})

    def _get_summary(self, key: str, survey: int) -> object:
        if not self.is_active:
            return []
        whole = sum(1 for row in self.rows.values() if row["submitdate"])
        total = len(self.rows)
        return {
            "completed_responses": str(whole),
            "incomplete_responses": str(total - whole),
            "full_responses": str(total),
        }

    def _export_responses(
        self, key: str, survey: int, kind: str, language: object, status: str, heading: str, response: str,
        first: int | None, last: int | None, fields: list[str] | None, options: object,
    ) -> object:  # fmt: skip
        if not (self.is_active and self.rows):
            return self.status(EMPTY if self.is_active else NO_TABLE)
        found = [row for number, row in sorted(self.rows.items()) if (first or 1) <= number <= (last or number)]
        wanted = {"complete": [True], "incomplete": [False], "all": [True, False]}[status]
        found = [row for row in found if bool(row["submitdate"]) in wanted]
        shown = [{name: row[name] for name in fields or row} for row in found]
        return base64.b64encode(json.dumps({"responses": shown}).encode()).decode()
