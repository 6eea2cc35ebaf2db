"""The Container Device Interface: specifications of GPUs, and what makes one stale. Pure."""
