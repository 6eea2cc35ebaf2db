"""Where gpufleet keeps what it must remember about a host, on that host."""

from __future__ import annotations

STATE_DIRECTORY = "/var/lib/gpufleet"
IN_PROGRESS = f"{STATE_DIRECTORY}/in-progress"
"""Made by the first change of a run, removed by its last step: there, a run began and did not end.

That of an earlier run is left alone by a run of some roles."""
STAMP = f"{STATE_DIRECTORY}/stamp.json"
BACKUPS = f"{STATE_DIRECTORY}/backup"
"""Files of the user's that were replaced or removed, as they were."""
MADE = f"{STATE_DIRECTORY}/made"
"""What is on the host by our doing and was not there before, a line each (`gpufleet.made`)."""
BEFORE = f"{STATE_DIRECTORY}/before"
"""Below it, by their paths, files of the user's as they were before we changed them for the first time."""
BUNDLE = f"{STATE_DIRECTORY}/bundle"
"""Copies of what is needed of a bundle, while they are needed: the end of a run finds none."""
