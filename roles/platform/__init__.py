"""What a host is, and whether what is declared can work there."""
