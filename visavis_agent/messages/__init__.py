"""Records as ROS messages: definitions, conversion and CDR; needs no ROS installation."""
