"""What WSL distributions have that differs from the defaults."""
