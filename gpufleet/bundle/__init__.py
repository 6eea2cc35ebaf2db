"""What a host without a network is provisioned from: packages, keys and images, gathered where there is one."""
