"""Recordings of a session: rosbag2 in one MCAP file, written and read without a ROS installation."""

from visavis_agent.bags.compare import Difference, compare
from visavis_agent.bags.digest import FrameDigest, digest
from visavis_agent.bags.layout import BagEntry
from visavis_agent.bags.reader import BagReader
from visavis_agent.bags.writer import BagWriter

__all__ = ["BagEntry", "BagReader", "BagWriter", "Difference", "FrameDigest", "compare", "digest"]
