"""What all hosts have that differs from the defaults (docs/settings.md lists every variable with its default)."""

from gpufleet.transport import prompt_transport

# Without it every command waits some 40 ms for an acknowledgement (paramiko leaves Nagle's algorithm on).
ssh_paramiko_connect_kwargs = {"transport_factory": prompt_transport}
