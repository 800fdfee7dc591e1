"""A robot with a microphone and a loudspeaker of audio_common_msgs, in a process of its own.

    python -m tests.nodes.audio_robot SECONDS

Sends a quiet tone to audio_in; prints what came by audio_out as JSON: bytes and the loudest sample.
"""

from __future__ import annotations

import json
import sys
import time
from array import array

import numpy as np
import rclpy
from audio_common_msgs.msg import AudioData  # type: ignore[import-not-found,unused-ignore]
from rclpy.executors import SingleThreadedExecutor


def main() -> None:
    rclpy.init()
    node = rclpy.create_node("robot")
    heard: list[bytes] = []
    node.create_subscription(AudioData, "audio_out", lambda message: heard.append(bytes(message.data)), 100)
    microphone = node.create_publisher(AudioData, "audio_in", 10)
    tone = (300 * np.sin(np.arange(320) * 0.2)).astype("<i2").tobytes()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    end = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < end:
        microphone.publish(AudioData(data=array("B", tone)))
        executor.spin_once(timeout_sec=0.02)
    samples = np.frombuffer(b"".join(heard), "<i2")
    print(json.dumps({"samples": len(samples), "loudest": int(np.abs(samples).max(initial=0))}))
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
