"""Disclosure control: decide what may be shown, attack it, and remember everything that ever was."""

from benchmarking.protect.audit import (
    AuditRefused,
    audit_candidate,
    audit_release,
    record_release,
)
from benchmarking.protect.certificate import certificate, certificates
from benchmarking.protect.coverage import coverage
from benchmarking.protect.private import (
    ReportRefused,
    admit_reports,
    audit_reports,
    record_private_reports,
    reports_recorded,
)
from benchmarking.protect.step import ProtectSummary, protect

__all__ = [
    "AuditRefused",
    "ProtectSummary",
    "ReportRefused",
    "admit_reports",
    "audit_candidate",
    "audit_release",
    "audit_reports",
    "certificate",
    "certificates",
    "coverage",
    "protect",
    "record_private_reports",
    "record_release",
    "reports_recorded",
]
