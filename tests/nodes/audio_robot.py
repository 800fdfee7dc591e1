"""A robot with a microphone and a loudspeaker of audio_common_msgs, in a process of its own.

    python -m tests.nodes.audio_robot SAMPLES

Sends a quiet tone to audio_in until it has heard so much by audio_out, silence aside, or a minute is over; prints what
it heard as JSON: samples and the loudest of them.
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
    heard = [np.zeros(0, np.int16)]

    def hear(message: AudioData) -> None:
        piece = np.frombuffer(bytes(message.data), "<i2")
        if piece.any():
            heard.append(piece)

    node.create_subscription(AudioData, "audio_out", hear, 100)
    microphone = node.create_publisher(AudioData, "audio_in", 10)
    tone = (300 * np.sin(np.arange(320) * 0.2)).astype("<i2").tobytes()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    end = time.monotonic() + 60
    while sum(map(len, heard)) < int(sys.argv[1]) and time.monotonic() < end:
        microphone.publish(AudioData(data=array("B", tone)))
        executor.spin_once(timeout_sec=0.02)
    samples = np.concatenate(heard)
    print(json.dumps({"samples": len(samples), "loudest": int(np.abs(samples).max(initial=0))}))
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
