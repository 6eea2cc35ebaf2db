"""What GPU servers have that differs from the defaults."""
