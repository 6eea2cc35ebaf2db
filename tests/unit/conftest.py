"""What is made sure before any test is read."""

from __future__ import annotations

import tests.unpatched  # noqa: F401
