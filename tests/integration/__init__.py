"""The real thing, against hosts of the lab."""
