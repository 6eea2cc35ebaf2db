"""What can be changed on a host (pyinfra operations)."""
