"""The engine behind gpufleet: reads and changes hosts, free of any role."""
