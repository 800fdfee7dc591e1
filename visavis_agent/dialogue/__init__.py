"""Dialogue: what the agent says, and what it and the visitor feel."""
