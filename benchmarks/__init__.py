"""What a run costs: gpufleet beside stock pyinfra and Ansible on the same hosts, and gpufleet with many hosts."""
