"""Disclosure control: decide what may be shown, attack it, and remember everything that ever was."""

from benchmarking.protect.audit import (
    AuditRefused,
    audit_candidate,
    audit_release,
    record_private_reports,
    record_release,
)
from benchmarking.protect.certificate import certificate
from benchmarking.protect.coverage import coverage
from benchmarking.protect.step import ProtectSummary, protect

__all__ = [
    "AuditRefused",
    "ProtectSummary",
    "audit_candidate",
    "audit_release",
    "certificate",
    "coverage",
    "protect",
    "record_private_reports",
    "record_release",
]
