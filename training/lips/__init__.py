"""Trains the net that moves the lips from sound; models/lips.md says how and on what."""
