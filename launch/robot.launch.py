"""Inside a robot: camera and microphone from topics, no page; ROS reaches as far as the robot's environment says."""

from visavis_agent.supervisor.launching import agent


def generate_launch_description():
    return agent("robot.yaml", private=False)
