"""One rig a kind of source: the place itself, what can be done to it, and how its deliveries are read back.

A rig's records are answers of the budget survey. `lacks` says which cases of the conformance kit the place cannot
have, and why.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import boto3

from benchmarking.collect.source import Delivery, Source
from benchmarking.collect.sources import open_source
from sources import fake_kobo, fake_limesurvey, fake_odk, real_servers

SURVEYS = ("budget",)
FIRST = "2026-08-01T10:00:00.000Z"
LATER = "2026-08-02T10:00:00.000Z"
LATEST = "2026-08-03T10:00:00.000Z"
VARIABLES = {"username": "SURVEY_USER", "password": "SURVEY_PASSWORD", "token": "SURVEY_TOKEN"}
NO_SERVER = "a folder of this machine has no server that could answer so"
NO_HTTP = "SFTP has no such answer; a server away is a case of its own"
KEEPS = "a file that is taken away withdraws nothing"
NO_TEST = "the tool keeps no test answers beside the real ones"
FILE_TEST = "a file is what it is: test responses inside it are known by its profile"


def answers(agency: str, budget: int = 500) -> dict[str, str]:
    """Give a full answer to the budget survey."""
    return {
        "agency_id": agency,
        "survey_year": "2026",
        "financial_year_end_date": "2026-06-30",
        "all_staff_count": "40",
        "marketers_opening_count": "3",
        "marketers_closing_count": "3",
        "development_budget_gbp": str(budget),
    }


def as_numbers(row: dict[str, str]) -> dict[str, str | int]:
    """Give an answer as a tool gives it that knows each question's type."""
    return {name: int(text) if text.isdecimal() else text for name, text in row.items()}


class Rig:
    """A place with submissions in it; a record's key is its agency.

    may_repeat: what is known may come again; a survey server gives nothing twice.
    """

    kind = ""
    may_repeat = True
    lacks: dict[str, str] = {}
    has_real_server = False

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        self.folder, self.environment = folder, environment

    def source(self, **changes: object) -> Source:
        return open_source(**{**self.entry(), **changes}, surveys=SURVEYS, inbox=self.folder / "inbox")

    def entry(self) -> dict:
        """Give the source's entry in programme.yaml."""
        raise LookupError(self.kind)

    def fetched(self, cursor: str | None = None, **changes: object) -> list[Delivery]:
        return list(self.source(**changes).fetch(cursor))

    def stop(self) -> None:
        """End what was started."""


class ServerRig(Rig):
    """A survey server that is faked over real HTTP."""

    may_repeat = False

    def seen(self, deliveries: list[Delivery]) -> dict[str, str]:
        """Give the newest budget of every record delivered, by agency."""
        rows = [row for delivery in deliveries if delivery.content for row in self.rows_of(delivery)]
        return {row["agency_id"]: str(row["development_budget_gbp"]) for row in rows}

    def rows_of(self, delivery: Delivery) -> list[dict]:
        body = json.loads(delivery.content)
        return body.get("value") or body.get("results") or body["responses"]

    def fault(self, name: str, size: float, times: int = 1) -> None:
        self.server.faults += [(name, size)] * times

    def refuse(self) -> None:
        self.environment(VARIABLES["password"], "wrong-secret")
        self.environment(VARIABLES["token"], "wrong-secret")

    def away(self) -> dict:
        return {"url": real_servers.closed_url(self.entry()["url"])}

    def stop(self) -> None:
        self.server.stop()


class OdkRig(ServerRig):
    kind = "odk"

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.server = fake_odk.FakeOdk()
        environment(VARIABLES["username"], "organiser@example.org")
        environment(VARIABLES["password"], fake_odk.PASSWORD)

    def entry(self) -> dict:
        names = {key: VARIABLES[key] for key in ("username", "password")}
        return {"name": "central", "kind": "odk", "url": self.server.url, "survey": "budget", "project": 3,
                "form": "budget", "credentials": names, "page_size": 2}  # fmt: skip

    def put(self, agency: str, budget: int = 500, at: str = FIRST, is_whole: bool = True) -> None:
        self.server.put(f"uuid:{agency}", as_numbers(answers(agency, budget)), at, is_whole)

    def put_test(self, agency: str) -> None:
        self.server.draft.append(as_numbers(answers(agency)))

    def edit(self, agency: str, budget: int, at: str = LATER) -> None:
        self.server.edit(f"uuid:{agency}", as_numbers(answers(agency, budget)), at)

    def remove(self, agency: str) -> str:
        self.server.delete(f"uuid:{agency}", LATER)
        return f"uuid:{agency}"

    def is_partial(self, deliveries: list[Delivery], agency: str) -> bool:
        rows = {row["agency_id"]: row for delivery in deliveries if delivery.content for row in self.rows_of(delivery)}
        system = rows[agency]["__system"]
        return system["attachmentsPresent"] < system["attachmentsExpected"]


class KoboRig(ServerRig):
    kind = "kobo"
    lacks = {"test": NO_TEST, "partial": "an unfinished form stays on the device"}

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.server = fake_kobo.FakeKobo()
        self.ids: dict[str, int] = {}
        environment(VARIABLES["token"], fake_kobo.TOKEN)

    def entry(self) -> dict:
        return {"name": "kobo", "kind": "kobo", "url": self.server.url, "survey": "budget", "asset": "aBcDeF",
                "credentials": {"token": VARIABLES["token"]}, "page_size": 2}  # fmt: skip

    def put(self, agency: str, budget: int = 500, at: str = FIRST) -> None:
        self.ids[agency] = len(self.ids) + 1
        self.server.put(self.ids[agency], answers(agency, budget), at)

    def edit(self, agency: str, budget: int, at: str = LATER) -> None:
        self.server.edit(self.ids[agency], answers(agency, budget))

    def remove(self, agency: str) -> str:
        del self.server.rows[self.ids[agency]]
        return str(self.ids[agency])


class LimeSurveyRig(ServerRig):
    kind = "limesurvey"
    lacks = {"test": NO_TEST}

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.server = fake_limesurvey.FakeLimeSurvey()
        self.ids: dict[str, int] = {}
        environment(VARIABLES["username"], "organiser")
        environment(VARIABLES["password"], fake_limesurvey.PASSWORD)

    def entry(self) -> dict:
        names = {key: VARIABLES[key] for key in ("username", "password")}
        return {"name": "limesurvey", "kind": "limesurvey", "url": self.server.rpc_url, "survey": "budget",
                "survey_id": 4711, "credentials": names, "page_size": 2}  # fmt: skip

    def put(self, agency: str, budget: int = 500, at: str = FIRST, is_whole: bool = True) -> None:
        self.ids[agency] = len(self.ids) + 1
        self.server.put(self.ids[agency], answers(agency, budget), at, is_whole)

    def edit(self, agency: str, budget: int, at: str = LATER) -> None:
        self.server.edit(self.ids[agency], answers(agency, budget), at)

    def remove(self, agency: str) -> str:
        del self.server.rows[self.ids[agency]]
        return str(self.ids[agency])

    def is_partial(self, deliveries: list[Delivery], agency: str) -> bool:
        rows = {row["agency_id"]: row for delivery in deliveries if delivery.content for row in self.rows_of(delivery)}
        return rows[agency]["submitdate"] is None


class FolderRig(Rig):
    kind = "folder"
    lacks = {"busy": NO_SERVER, "cut": NO_SERVER, "short": NO_SERVER, "refused": NO_SERVER, "test": FILE_TEST}

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.place = folder / "share"
        (self.place / "budget").mkdir(parents=True)

    def entry(self) -> dict:
        return {"name": "share", "kind": "folder", "url": str(self.place)}

    def away(self) -> dict:
        return {"url": str(self.folder / "not-mounted")}

    def put(self, agency: str, budget: int = 500, at: str = FIRST) -> None:
        self._write(f"{agency}.csv", answers(agency, budget), at)

    def put_partial(self, agency: str) -> None:
        self._write(f"{agency}.csv.part", answers(agency), FIRST)

    def edit(self, agency: str, budget: int, at: str = LATER) -> None:
        self.put(agency, budget, at)

    def remove(self, agency: str) -> None:
        (self.place / "budget" / f"{agency}.csv").unlink()

    def seen(self, deliveries: list[Delivery]) -> dict[str, str]:
        rows = [row for d in deliveries if d.content for row in csv.DictReader(io.StringIO(d.content.decode()))]
        return {row["agency_id"]: row["development_budget_gbp"] for row in rows}

    def _write(self, name: str, row: dict[str, str], at: str) -> None:
        path = self.place / "budget" / name
        path.write_bytes(as_csv(row))
        seconds = datetime.fromisoformat(at).timestamp()
        os.utime(path, (seconds, seconds))


class SftpRig(FolderRig):
    kind = "sftp on rclone"
    has_real_server = True
    lacks = {"busy": NO_HTTP, "cut": NO_HTTP, "short": NO_HTTP, "test": FILE_TEST}

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.server, self.host_key = real_servers.rclone_sftp(folder, folder / "host-key")
        environment(VARIABLES["password"], real_servers.PASSWORD)

    def entry(self) -> dict:
        url = f"sftp://{real_servers.USER}@127.0.0.1:{self.server.port}/share"
        return {"name": "sftp", "kind": "folder", "url": url, "host_key": self.host_key,
                "credentials": {"password": VARIABLES["password"]}}  # fmt: skip

    def away(self) -> dict:
        return {"url": real_servers.closed_url(self.entry()["url"])}

    def refuse(self) -> None:
        self.environment(VARIABLES["password"], "wrong-secret")

    def stop(self) -> None:
        self.server.stop()


class S3Rig(FolderRig):
    """rclone's S3 in front of a folder, seen through a proxy that can spoil its answers."""

    kind = "s3 on rclone"
    has_real_server = True
    lacks = {"test": FILE_TEST}

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.server = self._start()
        self.proxy = real_servers.S3Proxy(self.server.port)
        environment("S3_KEY", real_servers.USER)
        environment("S3_SECRET", real_servers.PASSWORD)

    def _start(self) -> real_servers.Process:
        return real_servers.rclone_s3(self.folder)

    def entry(self) -> dict:
        return {"name": "bucket", "kind": "folder", "url": "s3://share", "endpoint": self.proxy.url,
                "region": "us-east-1", "credentials": {"key": "S3_KEY", "secret": "S3_SECRET"}}  # fmt: skip

    def away(self) -> dict:
        return {"endpoint": real_servers.closed_url(self.proxy.url)}

    def fault(self, name: str, size: float, times: int = 1) -> None:
        self.proxy.faults += [(name, size)] * times

    def refuse(self) -> None:
        self.environment("S3_SECRET", "wrong-secret")

    def stop(self) -> None:
        self.proxy.stop()
        self.server.stop()


class MotoRig(S3Rig):
    """moto's S3, with objects of its own and its own time stamps."""

    kind = "s3 on moto"
    lacks = {"test": FILE_TEST, "refused": "moto accepts a wrong secret; rclone does not"}

    def __init__(self, folder: Path, environment: Callable[[str, str], None]) -> None:
        super().__init__(folder, environment)
        self.client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.server.port}", region_name="us-east-1",
            aws_access_key_id="any", aws_secret_access_key="any",
        )  # fmt: skip
        self.client.create_bucket(Bucket="share")

    def _start(self) -> real_servers.Process:
        return real_servers.moto_s3()

    def remove(self, agency: str) -> None:
        self.client.delete_object(Bucket="share", Key=f"budget/{agency}.csv")

    def _write(self, name: str, row: dict[str, str], at: str) -> None:
        self.client.put_object(Bucket="share", Key=f"budget/{name}", Body=as_csv(row))


def as_csv(row: dict[str, str]) -> bytes:
    return f"{','.join(row)}\r\n{','.join(row.values())}\r\n".encode()


RIGS = {rig.kind: rig for rig in (FolderRig, S3Rig, MotoRig, SftpRig, LimeSurveyRig, OdkRig, KoboRig)}
