"""Microphone, loudspeaker and camera of a live agent."""
