"""A kiosk: a face on the screen of this machine that answers visitors."""

from visavis_agent.supervisor.launching import agent


def generate_launch_description():
    return agent("kiosk.yaml", private=True)
