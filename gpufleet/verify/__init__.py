"""Verification: testinfra over pyinfra's inventory and connections, and the pytest plugin that drives it."""
