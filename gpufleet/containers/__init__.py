"""Long-lived containers: what one is to be, what one is, how they differ, and what follows from that. Pure.

A container is described the same way whether it is declared or was read from a host, so that the two can be compared
field by field. `docker create` adds much of its own to a container (the image's environment, defaults of its host
configuration, hooks of a GPU runtime); none of that is part of the description.
"""
