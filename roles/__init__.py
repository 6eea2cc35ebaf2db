"""One folder per concern of a host; each is whole: settings, deploy, pure modules, templates."""

from roles.docker_engine.settings import DockerEngineSettings

SETTINGS = (DockerEngineSettings,)
"""The settings of all roles, in the order in which deploy.py runs them."""
