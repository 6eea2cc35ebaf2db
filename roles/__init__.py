"""One folder per concern of a host; each is whole: settings, deploy, pure modules, templates."""

from roles.docker_engine.settings import DockerEngineSettings
from roles.platform.settings import PlatformSettings

SETTINGS = (PlatformSettings, DockerEngineSettings)
"""The settings of all roles, in the order in which deploy.py runs them."""
