"""Trains the net that reads feelings from words: `python -m training.emotion --goemotions DIR --emobank FILE`."""
