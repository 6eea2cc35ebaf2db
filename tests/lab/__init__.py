"""The lab: throwaway hosts with systemd, sshd and their own Docker, on one machine, for tests and `make demo`.

    up, teardown      the whole of it: `python -m tests.lab up|down|status|demo`
    packages, machine what it needs of this machine, and how it gives that back
    engine, daemons   a private dockerd and containerd; network: its bridge, addresses and way out
    rootfs, kinds     bare Debians, cached, as images; apt_sources: the archive that this machine uses
    lab, host         what tests use: make hosts, run commands on them, reboot, snapshot, clone
    container, snapshots, lab-init.sh, copy-disk.sh    how a host is a container and its disks are volumes
    cut               hosts without a network, and proof that they asked none
    mirror            the vendors' repositories and registry under their own names
    demo, summary     `make demo`; product: the product's commands as a user runs them

Nothing of it lies outside /var/lib/gpufleet-lab, /var/cache/gpufleet-lab and .lab in the checkout, except packages,
three netfilter rules and two bridges. GPUFLEET_LAB_NAME=x makes a second lab that shares only caches and packages.
"""
