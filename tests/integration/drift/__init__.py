"""Single changes to a converged host, and what `gpufleet check` must say about each: exactly that, and nothing else."""
