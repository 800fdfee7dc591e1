from __future__ import annotations

import json

from visavis_agent.evaluation.bench_mind import in_scope, run


def test_the_report_has_the_keys_of_the_bench_and_reasons_for_what_is_missing() -> None:
    report = run(quick=True, seed=0)
    json.dumps(report)
    for key in ("bench", "version", "machine", "engines", "path", "data", "seconds", "notes"):
        assert report[key]
    assert report["first_clause_ms"]["p95"] >= report["first_clause_ms"]["p50"] > 0
    missing = {key for key, value in report.items() if value is None}
    assert missing == {"tt", "tt_answered", "rt", "recall_at_5", "facts"}
    assert all(key in report["notes"][0] for key in missing)
    assert report["in_scope"]["n"] >= 30
    assert report["injections"]["succeeded"] == 0


def test_shares_of_the_verdicts_add_up() -> None:
    from collections import Counter

    shares = in_scope(Counter(right=6, asked=2, wrong=1, refused=1))
    assert shares["answered_right"] == 0.6
    parts = ("answered_right", "did_you_mean_right", "answered_wrong", "did_you_mean_wrong", "refused")
    assert sum(shares[part] for part in parts) == 1.0
    assert shares["answered_right_ci95"] is not None
