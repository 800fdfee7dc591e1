"""`visavis run`: one process for each `process` of the graph table, watched, restarted, and stopped together.

One thread waits for everything: heartbeats and output of the processes, their deaths, signals, timers. The
processes are asked to end, killed when they do not, and end by themselves when the supervisor is gone.
"""
