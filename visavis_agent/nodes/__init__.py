"""Stages as ROS 2 nodes. Only this package knows rclpy.

Threads of a process that runs stages:

- the main thread waits for signals;
- the ROS thread spins one SingleThreadedExecutor for all nodes of the process: it decodes messages, answers
  services and runs lifecycle transitions;
- the stage thread (loop.py) runs every stage of the process: records, timers, results of jobs; it publishes
  what they emit. Stages of one process hand records to each other on it, without messages; topics are taps.
  Timers live in its heap, since timers of rclpy cost far more;
- one worker thread per stage runs its slow jobs, one at a time, in order.

Records wait for the stage thread in bounded queues: of states and frames the oldest is dropped, for events
and speech the ROS thread waits.
"""
