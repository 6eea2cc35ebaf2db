"""One folder per concern of a host; each is whole: settings, deploy, pure modules, templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.daily.declared import Declared
from gpufleet.facts.apt import AptPackages
from gpufleet.facts.cdi import CdiSpecifications
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent
from gpufleet.facts.images import Images
from gpufleet.facts.nvidia import NvidiaRuntime
from gpufleet.facts.platform import PlatformFacts
from gpufleet.operations.image_commands import REMEMBERED
from roles.bundle import verdict as bundle
from roles.bundle.settings import BundleSettings
from roles.cuda_image import bundle_verdict as image_in_bundle
from roles.cuda_image import daily as daily_image
from roles.cuda_image import verdict as image
from roles.cuda_image.settings import CudaImageSettings
from roles.docker_engine import bundle_verdict as docker_in_bundle
from roles.docker_engine.families import KNOWN
from roles.docker_engine.settings import DockerEngineSettings
from roles.nvidia_container_toolkit import verdict as toolkit
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox import bundle_verdict as sandboxes_in_bundle
from roles.sandbox import daily as daily_sandbox
from roles.sandbox import image_verdict as images_of_sandboxes
from roles.sandbox import verdict as sandboxes
from roles.sandbox.expected import expected
from roles.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyinfra.api import FactBase

    from roles.platform.deploy import Judge

SETTINGS = (
    PlatformSettings,
    BundleSettings,
    DockerEngineSettings,
    NvidiaContainerToolkitSettings,
    CudaImageSettings,
    SandboxSettings,
)
"""The settings of all roles, in the order in which deploy.py runs them."""

BUNDLED = (
    *("roles.platform.bundled", "roles.docker_engine.bundled"),
    *("roles.nvidia_container_toolkit.bundled", "roles.cuda_image.bundled"),
)
"""The modules whose `wanted` says what a bundle has to hold; by name, as only `gpufleet bundle` needs them."""

DAILY = Declared(
    sandboxes=daily_sandbox.sandboxes,
    workspace=daily_sandbox.workspace,
    images=daily_image.images,
    job=daily_sandbox.job,
)
"""What `gpufleet shell` and `gpufleet run` take from the roles."""

VERDICTS: tuple[Judge, ...] = (
    *(bundle, toolkit, image, docker_in_bundle, image_in_bundle),
    *(sandboxes, images_of_sandboxes, sandboxes_in_bundle),
)
"""What the roles have to say about a host before anything changes there."""

FACTS: tuple[tuple[type[FactBase[Any]], dict[str, object]], ...] = (
    (PlatformFacts, {}),
    (Images, {}),
    (DockerDaemon, {}),
    (NvidiaRuntime, {}),
    (CdiSpecifications, {}),
    (FileContent, {"path": REMEMBERED}),
)
"""What they ask about a host before it is known which operations it gets, and of what those ask, the slow things."""


def facts(data: Mapping[str, object]) -> tuple[tuple[type[FactBase[Any]], dict[str, object]], ...]:
    """What is asked about a host with the first question.

    Args:
        data: its variables.
    """
    of_bundle = ((AptPackages, {"packages": list(KNOWN)}),) if data.get("bundle_path") else ()
    return (*FACTS, *of_bundle, *expected(data))
