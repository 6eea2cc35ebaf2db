"""What people do every day on hosts that are as declared: a shell in a sandbox, a job of its own, a build."""
