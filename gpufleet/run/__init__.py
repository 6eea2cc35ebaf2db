"""Reaching hosts through pyinfra's own inventory and connections, and what a run knows about itself."""
