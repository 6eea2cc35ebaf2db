"""ansible-core, in a virtual environment of its own: requirements.lock beside this file says which."""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tests.lab.instance import CHECKOUT

LOCK = Path(__file__).with_name("requirements.lock")
FOLDER = CHECKOUT / ".lab" / "benchmarks"
"""Where git does not look."""
PLAYBOOK = Path(__file__).with_name("ansible") / "playbook.yml"
CONFIGURATION = PLAYBOOK.with_name("ansible.cfg")


def installed() -> Path:
    """The folder with Ansible's programs, made when it is missing or of another lock (half a minute).

    Raises:
        subprocess.CalledProcessError: pip could not install what is locked.
    """
    folder = FOLDER / f"ansible-{sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "--requirement", str(LOCK)], check=True)
        (folder / "complete").touch()
    return folder / "bin"
