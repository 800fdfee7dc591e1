"""Where the agent is seen and heard: film, window, page."""
