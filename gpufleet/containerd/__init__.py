"""containerd's configuration as data: what its files hold, what it makes of them, and what it runs with. Pure."""
