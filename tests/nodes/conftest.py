"""Every test of nodes gets an initialised rclpy and a client; both are gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed: run `make env`")

import rclpy

from tests.nodes.client import Client


@pytest.fixture
def ros() -> Iterator[None]:
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture
def client(ros: None) -> Iterator[Client]:
    made = Client()
    yield made
    made.close()
