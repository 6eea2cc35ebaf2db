"""What happens to a host as a whole and to what it remembers of the last apply."""

from __future__ import annotations

from tests.integration.drift.case import Case

STAMP = "stamp.remember-what-was-declared"
STATE = "/var/lib/gpufleet"

CASES = (
    Case("the stamp is gone", f"rm {STATE}/stamp.json", STAMP, quick=True),
    Case("the stamp is damaged", f"truncate -s 100 {STATE}/stamp.json", STAMP),
    Case("an apply was cut off", f"touch {STATE}/in-progress", STAMP),
)
