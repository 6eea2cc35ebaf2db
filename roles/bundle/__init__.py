"""The bundle that hosts without a network are provisioned from."""
