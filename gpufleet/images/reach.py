"""How a host reaches package indexes and archives, put together for a build that has none of its files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.images import archive, index, proxies

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK = re.compile(
    r"(?:^|[/@\"])(?:localhost(?:\.localdomain)?|ip6-(?:localhost|loopback)|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])"
    r"(?![\w.-])",
    re.IGNORECASE,
)
"""The names are those of /etc/hosts in Debian and Ubuntu; what connects to 0.0.0.0 or [::] reaches its own host."""


@dataclass(frozen=True, kw_only=True)
class HostReach:
    """What a host's own configuration says; any of it may hold a password.

    Attributes:
        pip: the text of pip's configuration files, the weakest first.
        environment: /etc/environment.
        daemon_json: Docker's configuration file.
        dockerd: the environment of the running dockerd, a variable a line.
        apt: what `apt-config dump` prints.
        apt_logins: apt's logins (apt_auth.conf(5)).
        netrc: root's logins, which pip uses (netrc(5)).
        apt_sources: the text of apt's source files, by path.
        certificates: path of the bundle of authorities that the host trusts; None where it has none.
    """

    pip: tuple[str, ...] = ()
    environment: str = ""
    daemon_json: bytes = b""
    dockerd: str = ""
    apt: str = ""
    apt_logins: str = ""
    netrc: str = ""
    apt_sources: Mapping[str, str]
    certificates: str | None = None


@dataclass(frozen=True, kw_only=True)
class BuildReach:
    """What a build is told, all of it as secrets.

    Attributes:
        variables: exports for a shell: proxies, pip's options.
        apt_options: a configuration file for apt.
        apt_mirror: a program for sed that points the base's sources to the host's archives.
        apt_logins: logins for apt.
        netrc: logins for pip.
        certificates: path on the host of the authorities that apt trusts; empty for the base's own.
        pip_certificates: the same for pip.
        own_network: something of it is on the host's loopback, which only a build in the host's network reaches.
    """

    variables: str = ""
    apt_options: str = ""
    apt_mirror: str = ""
    apt_logins: str = ""
    netrc: str = ""
    certificates: str = ""
    pip_certificates: str = ""
    own_network: bool = False


def build_reach(host: HostReach, distribution: str, codename: str) -> BuildReach:
    """What a build on this host is told.

    Proxies: dockerd's own (daemon.json, then its environment) count before /etc/environment, and that before apt's for
    https. pip's own `proxy` counts for pip, apt's own for apt.

    Args:
        host: its configuration.
        distribution: as `debian`.
        codename: of its release, `trixie`.
    """
    environment = proxies.environment(host.environment)
    apt = archive.apt_settings(host.apt)
    pip = index.pip_settings(host.pip, environment)
    sources = (
        proxies.of_daemon_json(host.daemon_json),
        proxies.of_variables(proxies.environment(host.dockerd)),
        proxies.of_variables(environment),
        proxies.of_apt(apt),
    )
    proxy, packages = proxies.chosen(sources), index.pip_variables(pip)
    mirror = archive.mirror_script(host.apt_sources, distribution, codename)
    options = archive.apt_options(apt)
    return BuildReach(
        variables=proxies.exports(proxy | packages),
        apt_options=options,
        apt_mirror=mirror,
        apt_logins=host.apt_logins,
        netrc=host.netrc,
        certificates=archive.apt_certificates(host.apt) or host.certificates or "",
        pip_certificates=pip.get("cert") or host.certificates or "",
        own_network=_on_loopback(options, mirror, *packages.values(), *_addresses(proxy)),
    )


def _addresses(proxy: Mapping[str, str]) -> list[str]:
    return [value for name, value in proxy.items() if name != "no_proxy"]


def _on_loopback(*texts: str) -> bool:
    return any(_LOOPBACK.search(word) for text in texts for word in text.split())
