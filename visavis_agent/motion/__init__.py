"""Motion: speech, emotion, attention and inner life become a face, a gaze and a body at 50 Hz."""
