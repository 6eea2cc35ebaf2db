"""The shell scripts that a host runs for a shell or a job."""
