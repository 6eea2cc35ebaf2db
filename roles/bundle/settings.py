"""What can be declared about the bundle that a host is provisioned from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from gpufleet.bundle.chosen import Bundle
from gpufleet.bundle.manifest import ManifestError
from gpufleet.bundle.manifest_reading import read_file
from gpufleet.settings import RoleSettings

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BundleSettings(RoleSettings):
    """Hosts without a network: packages, keys and images come from a bundle that `gpufleet bundle` has made."""

    role: ClassVar[str] = "bundle"

    path: str | None = Field(
        default=None,
        description="Folder with the bundle. Where it is set no host asks any network for anything: packages and keys "
        "come from it, and images are loaded instead of built.",
    )
    sha256: Sha256 | None = Field(
        default=None,
        description="SHA-256 of the bundle's manifest, as `gpufleet bundle` prints it: what makes it trusted.",
    )
    location: Literal["controller", "host"] = Field(
        default="controller",
        description="Where the folder is: on the machine that runs gpufleet, which uploads what a host lacks, or "
        "already on the `host`.",
    )

    @model_validator(mode="after")
    def _is_the_trusted_one(self) -> BundleSettings:
        if self.path is None:
            if self.sha256 is not None:
                raise ValueError("bundle_sha256: bundle_path is missing: set both or none")
            return self
        if self.sha256 is None:
            raise ValueError("bundle_sha256: missing, and bundle_path is set: `gpufleet bundle` prints it")
        if self.location == "host" and not self.path.startswith("/"):
            raise ValueError(f"bundle_path: {self.path}: with bundle_location host it is an absolute path on the host")
        if self.location == "controller":
            try:
                read_file(Path(self.path), self.sha256)
            except ManifestError as error:
                raise ValueError(f"bundle_path: {error}") from None
        return self

    @property
    def bundle(self) -> Bundle | None:
        """The bundle; None where the host has a network."""
        if self.path is None or self.sha256 is None:
            return None
        return Bundle(self.path, self.sha256, self.location == "host")
