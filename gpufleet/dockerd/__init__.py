"""Docker's daemon: how it reads its configuration, and what it loaded."""
