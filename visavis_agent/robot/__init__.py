"""The agent as a part of a robot: what other programs may ask of it."""
