"""What the examples desk looks for: one file a subject, each with checks that yield findings."""

from tunebook.tuning.checks.finding import KINDS, Finding, Kind

__all__ = ["KINDS", "Finding", "Kind"]
