"""Plays a conversation with a survey server over real HTTP: each request must be the next one, and gets its answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from sources.served import Answer, Asked, Served

FOLDER = Path(__file__).parents[1] / "data" / "sources" / "conversations"


class Played(Served):
    """One visit of a conversation; `astray` tells the requests that are not in it, `left` the exchanges to come.

    In the answers, {server} stands for the address here, {id} for the request's own, and {"base64 of": ...} for its
    JSON so packed.
    """

    def __init__(self, tool: str) -> None:
        super().__init__()
        self.visits: dict[str, list[dict]] = json.loads((FOLDER / f"{tool}.json").read_text())
        self.left: list[dict] = []
        self.astray: list[dict] = []

    def play(self, visit: str) -> None:
        assert self.left == []
        self.left = list(self.visits[visit])

    def answer(self, asked: Asked) -> Answer:
        heard = _heard(asked)
        if not self.left or self.left[0]["asked"] != heard:
            self.astray.append({"heard": heard, "expected": self.left[0]["asked"] if self.left else None})
            return Answer(b"{}", 418)
        told = self.left.pop(0)["answered"]
        number = json.loads(asked.body).get("id") if asked.body else None
        content = json.dumps(_filled(told["body"], self.url, number), ensure_ascii=False).encode()
        return Answer(content, told["status"])


def _heard(asked: Asked) -> dict[str, Any]:
    heard: dict[str, Any] = {"method": asked.method, "path": asked.path}
    if asked.query:
        heard["query"] = asked.query
    if asked.body:
        heard["body"] = {key: value for key, value in json.loads(asked.body).items() if key != "id"}
    return heard


def _filled(value: Any, url: str, number: int | None) -> Any:
    if isinstance(value, dict) and "base64 of" in value:
        return base64.b64encode(json.dumps(value["base64 of"]).encode()).decode()
    if isinstance(value, dict):
        return {key: _filled(inside, url, number) for key, inside in value.items()}
    if isinstance(value, list):
        return [_filled(inside, url, number) for inside in value]
    if value == "{id}":
        return number
    return value.replace("{server}", url) if isinstance(value, str) else value
