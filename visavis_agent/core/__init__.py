"""The contract every stage stands on: records, time, ids, ports, graph types, engines. Imports no stage and no ROS."""
