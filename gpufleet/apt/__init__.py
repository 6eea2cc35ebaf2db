"""What there is to know of apt without a host: keyrings, sources, versions."""
