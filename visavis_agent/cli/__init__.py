"""`visavis …`: everything that a person starts by hand."""

from visavis_agent.cli.main import main

__all__ = ["main"]
