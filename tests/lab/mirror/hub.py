"""Put an image into the lab's registry, through the registry's own interface (OCI distribution specification)."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import requests

from tests.lab.mirror.debian import architecture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SECONDS = 60


def push(registry: str, name: str, tags: Sequence[str], layer: Path) -> None:
    """Publish the tar `layer` as a one-layer image.

    Args:
        registry: address of the registry, `http://10.213.0.2:5000`.
        name: repository, `library/debian`.
        tags: its tags, the last one given when all the others are.
        layer: an uncompressed tar of the root file system.

    Raises:
        requests.HTTPError: the registry refused something.
    """
    plain = layer.read_bytes()
    packed = gzip.compress(plain, compresslevel=1, mtime=0)
    config = json.dumps(_config(_digest(plain))).encode()
    base = f"{registry}/v2/{name}"
    described = [_describe(CONFIG, config), _describe(LAYER, packed)]
    for blob in (config, packed):
        _upload(base, blob)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described[0], "layers": described[1:]}
    for tag in tags:
        answer = requests.put(
            f"{base}/manifests/{tag}",
            data=json.dumps(manifest),
            headers={"Content-Type": MANIFEST},
            timeout=SECONDS,
        )
        answer.raise_for_status()


def has(registry: str, name: str, tag: str) -> bool:
    """Whether the registry holds that image."""
    answer = requests.head(f"{registry}/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST}, timeout=SECONDS)
    return bool(answer.ok)


def _config(diff_id: str) -> dict[str, object]:
    return {
        "architecture": architecture(),
        "os": "linux",
        "created": datetime.now(UTC).isoformat(),
        "config": {"Cmd": ["bash"], "Env": [PATH]},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created_by": "gpufleet lab: mmdebstrap --variant=minbase"}],
    }


def _upload(base: str, blob: bytes) -> None:
    begun = requests.post(f"{base}/blobs/uploads/", timeout=SECONDS)
    begun.raise_for_status()
    done = requests.put(
        begun.headers["Location"],
        params={"digest": _digest(blob)},
        data=blob,
        headers={"Content-Type": "application/octet-stream"},
        timeout=SECONDS,
    )
    done.raise_for_status()


def _describe(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
