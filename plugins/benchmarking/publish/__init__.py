"""Publish: every format of a release, each a pure function of the published cells."""

from benchmarking.publish.announce import Announcement, announcement
from benchmarking.publish.draft import build_preview, describe_draft, open_preview, read_access_log
from benchmarking.publish.release import Approval, PublishSummary, next_version, publish

__all__ = [
    "Announcement",
    "Approval",
    "PublishSummary",
    "announcement",
    "build_preview",
    "describe_draft",
    "next_version",
    "open_preview",
    "publish",
    "read_access_log",
]
