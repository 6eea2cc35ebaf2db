"""What the unit tests need, needed here too."""

from __future__ import annotations

import tests.unit.conftest  # noqa: F401
