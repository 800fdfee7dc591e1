"""What all tests share: recordings, ROS isolation, profiles of the property tests, quick tests first."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

# Before anything that reads them is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
os.environ["ROS_DOMAIN_ID"] = str(random.SystemRandom().randint(1, 100))  # a run of its own

# A shell lets its background jobs ignore Ctrl-C, and so would every program that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

REPOSITORY = Path(__file__).resolve().parent.parent
SLOW_HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large]

# The default is a sample that takes about half a minute in all and is the same in every run;
# `make fuzz` draws new examples each time.
settings.register_profile(
    "default", derandomize=True, max_examples=100, deadline=None, suppress_health_check=SLOW_HEALTH
)
settings.register_profile("fuzz", max_examples=1000, deadline=None, suppress_health_check=SLOW_HEALTH, print_blob=True)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fuzz: a property test (set by itself)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they use, and puts the slow ones last."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("fuzz")
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker("data")
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The directory of recordings and corpora outside the repository; the test is skipped without it."""
    named = os.environ.get("VISAVIS_DATA")
    path = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"no test data at {path}: name its directory in VISAVIS_DATA")
    return path
