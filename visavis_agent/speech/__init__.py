"""Speech: clauses of text with emotion in, sound with its marks out, and the sink that plays it."""
