"""Perception: camera pictures in; who is there, where they look and what their face shows, out."""
