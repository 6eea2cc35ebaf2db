"""The running mirror as tests and the lab see it."""

from __future__ import annotations

import io
import re
import tarfile
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import urllib3

from tests.lab.mirror import certificates, content, keys, services
from tests.lab.mirror.names import DOCKER, NVIDIA

if TYPE_CHECKING:
    from pathlib import Path

    from docker.models.containers import Container

    from tests.lab.engine import Engine

ServedKey = Literal["right", "other", "html", "truncated", "unavailable"]
KEY_PATHS = tuple(f"{DOCKER}/linux/{system}/gpg" for system in ("debian", "ubuntu"))
HTML = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n"
OVERRIDE, WITHHELD = "/srv/override", "/srv/withheld"
BUSYBOX = "/usr/bin/busybox"
START_SECONDS = 90
PROBES = (
    (DOCKER, "/linux/debian/dists/trixie/InRelease"),
    (NVIDIA, "/libnvidia-container/gpgkey"),
    ("registry-1.docker.io", "/v2/"),
)
OK = 200


class MirrorError(RuntimeError):
    """The mirror does not answer; the message holds its last words."""


@dataclass(frozen=True)
class Mirror:
    """The vendors' stand-in.

    Attributes:
        engine: the lab's engine that it runs in.
        address: IPv4 address under which lab hosts must resolve `VENDOR_NAMES`.
    """

    engine: Engine
    address: str

    @property
    def ca_certificate(self) -> Path:
        """PEM file of the certificate authority that lab hosts must trust."""
        return content.IDENTITY / certificates.AUTHORITY

    @cached_property
    def docker_fingerprint(self) -> str:
        """Primary fingerprint of the key that signs the Docker repository, upper-case hexadecimal."""
        return keys.fingerprint(content.IDENTITY, "docker")

    @cached_property
    def nvidia_fingerprint(self) -> str:
        """The same of the key that signs NVIDIA's repository."""
        return keys.fingerprint(content.IDENTITY, "nvidia")

    @cached_property
    def other_fingerprint(self) -> str:
        """The same of the valid key that signs nothing (`serve_key("other")`)."""
        return keys.fingerprint(content.IDENTITY, "other")

    @property
    def registry(self) -> str:
        """Where images for the lab's Docker Hub are pushed to (`hub.push`): plain HTTP, nobody is asked who he is."""
        return f"http://{self.address}:{services.REGISTRY_PORT}"

    def serve_key(self, which: ServedKey) -> None:
        """Choose what /linux/{debian,ubuntu}/gpg answers.

        Args:
            which: `right` is the repository's key, `other` a valid one that signs nothing, `html` a page with status
                200, `truncated` the first half of the right key, `unavailable` status 503.
        """
        for path in KEY_PATHS:
            self.restore(path)
            if which == "unavailable":
                self.withhold(path)
            elif which != "right":
                self.serve(path, self.key(which))

    def key(self, which: str) -> bytes:
        """What `serve_key` has the mirror answer: `right`, `other`, `html` or `truncated`."""
        right = keys.published(content.IDENTITY, "docker")
        other = keys.published(content.IDENTITY, "other")
        return {"right": right, "other": other, "html": HTML, "truncated": right[: len(right) // 2]}[which]

    def serve(self, path: str, body: bytes) -> None:
        """Answer `path` (`download.docker.com/linux/...`) with `body` until `restore`."""
        self._write(f"{OVERRIDE}/{path}", body)

    def withhold(self, path: str) -> None:
        """Answer `path` with status 503 until `restore`."""
        self._write(f"{WITHHELD}/{path}", b"")

    def restore(self, path: str = "") -> None:
        """Serve `path`, or everything, as it is again."""
        for folder in (OVERRIDE, WITHHELD):
            self._remove(f"{folder}/{path}")

    def published(self, path: str) -> bytes:
        """What `path` really holds, whatever `serve` put over it.

        Raises:
            FileNotFoundError: nothing.
        """
        return (content.www(self.engine.instance) / path).read_bytes()

    def pause(self) -> None:
        """Refuse every connection until `resume`."""
        self._web.stop(timeout=1)

    def resume(self) -> None:
        """Serve again.

        Raises:
            MirrorError: it does not answer in time.
        """
        self._web.start()
        self.wait()

    def wait(self) -> None:
        """Wait until it answers over HTTPS as Docker's repository and as Docker Hub.

        Raises:
            MirrorError: it does not within 90 s.
        """
        deadline = time.monotonic() + START_SECONDS
        while not all(self._answers(name, path) for name, path in PROBES):
            if time.monotonic() > deadline:
                raise MirrorError(f"the mirror at {self.address} does not answer: {self._web.logs(tail=20)!r}")
            time.sleep(0.1)

    def fetch(self, name: str, path: str) -> tuple[int, bytes]:
        """What it answers to a GET of `https://NAME/PATH` from this machine, as status and body.

        Raises:
            urllib3.exceptions.HTTPError: no connection, or a certificate that is not for `name`.
        """
        trust: Any = {"ca_certs": str(self.ca_certificate), "server_hostname": name, "assert_hostname": name}
        with urllib3.HTTPSConnectionPool(self.address, timeout=20, retries=False, **trust) as pool:
            answer = pool.request("GET", path, headers={"Host": name})
        return answer.status, answer.data

    def asked_by(self, address: str, since: float) -> list[str]:
        """The first lines of the requests that came from an address, by the web server's log.

        Args:
            address: a host's; after a host is gone another one gets it.
            since: seconds since the epoch; what came before does not count.
        """
        log = self._web.logs(since=since).decode(errors="replace")
        return re.findall(rf'^{re.escape(address)} - \S+ \[[^]]*\] "([^"]*)"', log, re.MULTILINE)

    def _answers(self, name: str, path: str) -> bool:
        try:
            return self.fetch(name, path)[0] == OK
        except urllib3.exceptions.HTTPError:
            return False

    def _write(self, path: str, body: bytes) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            member = tarfile.TarInfo(path.removeprefix("/"))
            member.size, member.mode = len(body), 0o644
            archive.addfile(member, io.BytesIO(body))
        self._web.put_archive("/", packed.getvalue())

    def _remove(self, path: str) -> None:
        answer = self._web.exec_run([BUSYBOX, "rm", "-rf", path])
        if answer.exit_code:
            raise MirrorError(f"cannot remove {path} from the mirror: {answer.output!r}")

    @property
    def _web(self) -> Container:
        return self.engine.client.containers.get(services.web_name(self.engine))
