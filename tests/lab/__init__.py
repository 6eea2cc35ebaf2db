"""The lab: throwaway hosts with systemd, sshd and their own Docker, on one machine, for tests and `make demo`."""
