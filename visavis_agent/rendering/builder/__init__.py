"""Characters made by code: distance fields, sampled into 3D Gaussians, rigged, lit, written as an avatar.

Everything in here works in millimetres in character axes: x to the character's own left, y up, z forward;
origin at the centre of the skull at eye height. Angles are radians, colours sRGB 0–255 in the parameters and
linear elsewhere.
"""
