"""Rendering: an avatar of 3D Gaussians, deformed by a rig, lit, and drawn by splatting on the CPU."""
