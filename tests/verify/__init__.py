"""What a provisioned host must show. `gpufleet verify` and `pytest tests/verify` run this on the inventory's hosts."""
