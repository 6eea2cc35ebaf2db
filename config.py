"""pyinfra's own settings for this repository; pyinfra reads the file in the working directory."""

from pyinfra import config

config.REQUIRE_PYINFRA_VERSION = "~=3.10"

# Hosts worked on at once. pyinfra's default, 20 for each core of this machine, cuts a fleet into batches, each as slow
# as its slowest host; a host is mostly waited for. 80 still fits the 256 open files that some systems allow.
config.PARALLEL = 80

# Seconds until a host that does not answer is given up.
config.CONNECT_TIMEOUT = 10
