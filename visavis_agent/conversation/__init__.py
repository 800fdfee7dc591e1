"""Whose turn it is: the sole writer of ids, from voice activity and words to turns, holds and interruptions."""
