"""The graph offline: a visit from files, in media time, the same on every machine."""
