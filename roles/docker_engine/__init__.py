"""Docker Engine: its repository, packages, configuration, daemon and users."""
