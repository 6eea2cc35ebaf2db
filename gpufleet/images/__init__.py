"""Images that are built on a host: what goes into them, how the host reaches what they need, which are there. Pure."""
