"""A recording is played to the agent: ros2 launch visavis replay.launch.py bag:=DIRECTORY."""

from visavis_agent.supervisor.launching import replay


def generate_launch_description():
    return replay("replay.yaml")
