"""visavis: a face for robots and kiosks (see docs/architecture.md)."""

__version__ = "0.1.0"
