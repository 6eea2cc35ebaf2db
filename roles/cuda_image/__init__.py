"""The image with Python and Numba for CUDA, built on the host and named by its content."""
