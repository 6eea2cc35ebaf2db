"""What can be missing where this is read: numpy and Numba. Whoever measures looks at `NOT_IMPORTED` first."""

from __future__ import annotations

try:
    import numpy as np
    from numba import cuda
    from numba.cuda.core import config
    from numba.cuda.cudadrv.driver import driver
except Exception as missing:  # noqa: BLE001 - packages that do not fit together fail in many ways
    np = cuda = config = driver = None
    NOT_IMPORTED: Exception | None = missing
else:
    NOT_IMPORTED = None

__all__ = ["NOT_IMPORTED", "config", "cuda", "driver", "np"]
