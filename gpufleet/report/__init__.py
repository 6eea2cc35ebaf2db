"""What a run found out about a fleet: one model, and its forms for a terminal, for programs and for CI."""
