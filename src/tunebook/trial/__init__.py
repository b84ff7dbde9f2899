"""Run approaches over cases, score, compare, decide, report.  Approaches come in as values; none is imported."""
