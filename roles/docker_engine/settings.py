"""What can be declared about Docker Engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from gpufleet.apt.declared import Fingerprint, Repository, a_version
from gpufleet.settings import RoleSettings

FINGERPRINT = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
"""Docker's release key, as published at https://docs.docker.com/engine/install/debian/ and by many that pin it."""

FLOOR = (23, 0)
"""The first version with `dockerd --validate` (moby 23.0), which guards every change of daemon.json."""


class DockerEngineSettings(RoleSettings):
    """Docker Engine: where it comes from, its version, daemon.json, and who may use it."""

    role: ClassVar[str] = "docker_engine"

    source: Literal["auto", "docker", "distribution"] = Field(
        default="auto",
        description="`auto` keeps a Docker 23.0 or newer that is already there, whoever packaged it, and takes "
        "Docker's own repository where there is none; `docker` and `distribution` insist on one.",
    )
    replace: bool = Field(
        default=False,
        description="Consent to replace one family of Docker packages by the other. Refused all the same while "
        "containers run or something else uses containerd.",
    )
    version: str | None = Field(
        default=None,
        description="Exact version, as `26.1.5` or the full package version; held with apt-mark. Without it any "
        "version from 23.0 on will do; a hold that apply has set is lifted then, one of yours stays.",
    )
    packages: list[str] = Field(
        default_factory=list,
        description="Further packages of the same source to have beside it, as `docker-compose-plugin`: installed in "
        "any version, and left alone when no longer declared.",
    )
    repository: Repository = Field(
        default="https://download.docker.com/linux",
        description="Docker's apt repository or a mirror of it, without the distribution's name.",
    )
    key_fingerprint: Fingerprint = Field(
        default=FINGERPRINT,
        description="Fingerprint of the primary key that signs the repository, 40 hexadecimal digits.",
    )
    daemon: dict[str, Any] = Field(
        default_factory=dict,
        description="Keys of /etc/docker/daemon.json. Keys that are not declared stay the user's own.",
    )
    live_restore: bool = Field(
        default=True,
        description="Containers go on while dockerd restarts. Left off in swarm mode, which does not allow it.",
    )
    registry_mirrors: list[str] = Field(
        default_factory=list,
        description="Mirrors of Docker Hub, as URLs.",
    )
    http_proxy: str | None = Field(default=None, description="Proxy of dockerd for http.")
    https_proxy: str | None = Field(default=None, description="Proxy of dockerd for https.")
    no_proxy: str | None = Field(default=None, description="What dockerd reaches without proxy, comma-separated.")
    certificate_authorities: list[str] = Field(
        default_factory=list,
        description="Certificate authorities that the host is to trust besides its own: paths of PEM files on the "
        "machine that runs gpufleet.",
    )
    users: list[str] = Field(
        default_factory=list,
        description="Users who may use Docker without sudo (group docker, which is as good as root). Whom apply put "
        "into that group and who is declared no longer is taken out again; whoever came into it by other hands stays, "
        "and on a host that was provisioned before gpufleet noted whom it puts there, everybody does.",
    )
    keep: bool = Field(
        default=False,
        description="A Docker that apply has installed outlives `gpufleet remove`, with its packages, repository and "
        "key, and is yours from then on. Without it, it goes once no container is left.",
    )

    @field_validator("version")
    @classmethod
    def _is_a_version(cls, value: str | None) -> str | None:
        return None if value is None else a_version(value, FLOOR, example="26.1.5")

    @field_validator("packages")
    @classmethod
    def _are_package_names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
                raise ValueError(f"{name!r} is not the name of a package")
        return value

    @field_validator("users")
    @classmethod
    def _are_user_names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not re.fullmatch(r"[a-z_][a-z0-9_.-]*\$?", name):
                raise ValueError(f"{name!r} is not a user name")
        return value

    @field_validator("certificate_authorities")
    @classmethod
    def _are_certificates(cls, value: list[str]) -> list[str]:
        for path in value:
            if not Path(path).is_file() or b"-----BEGIN CERTIFICATE-----" not in Path(path).read_bytes():
                raise ValueError(f"{path!r} is not a PEM file on this machine")
            if not re.fullmatch(r"[A-Za-z0-9._-]+", Path(path).stem):
                raise ValueError(f"{path!r}: letters, digits and ._- only in the file's name, which hosts get too")
        stems = [Path(path).stem for path in value]
        if len(set(stems)) != len(stems):
            raise ValueError("two files have the same name: each needs its own")
        return value

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> DockerEngineSettings:
        own = {
            "live-restore": "live_restore",
            "registry-mirrors": "registry_mirrors",
            "proxies": "http(s)_proxy",
        }
        for key, field in own.items():
            if key in self.daemon:
                raise ValueError(f"docker_engine_daemon[{key!r}]: set docker_engine_{field} instead")
        return self
