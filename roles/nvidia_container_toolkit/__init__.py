"""NVIDIA Container Toolkit: its repository, packages, Docker's runtime `nvidia`, and the CDI specification."""
