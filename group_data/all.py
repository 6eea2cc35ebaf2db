"""What all hosts have that differs from the defaults (docs/settings.md lists every variable with its default)."""
