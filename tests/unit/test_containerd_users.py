"""What users say of containerd's runtimes themselves: kept, or what they would lose is refused."""

from __future__ import annotations

import pytest

from gpufleet.containerd.planned import Plan, planned
from gpufleet.containerd.toml_text import at, parse
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from tests.unit.containerd_cases import PROGRAM, RECORDED, TRIED, V2, WISH, host

CRI = f'version = 2\n[plugins."{V2}".containerd]\n'
OWN = f'[plugins."{V2}".containerd.runtimes.nvidia.options]\n'


@pytest.mark.parametrize("version", ["1.7.24", "2.0.11", "2.1.9"])
def test_what_the_user_says_of_a_runtime_nvidia_goes_before_what_runc_has(version: str) -> None:
    runc = f'[plugins."{V2}".containerd.runtimes.runc.options]\nSystemdCgroup = true\nRoot = "/r"\n'
    file = f'{CRI}{runc}{OWN}BinaryName = "{PROGRAM}"\nSystemdCgroup = false\n'.encode()
    plan = planned(host(file=file, version=version), WISH, TRIED)
    assert isinstance(plan, Plan)
    made = at(parse(plan.drop_in), "plugins", V2, "containerd", "runtimes", "nvidia", "options")
    assert made == {"BinaryName": PROGRAM, "SystemdCgroup": False, "Root": "/r"}


def test_a_runtime_of_the_users_own_is_all_that_an_older_containerd_has_beside_ours() -> None:
    file = f'{CRI}[plugins."{V2}".containerd.runtimes.mine]\nruntime_type = "x"\n'.encode()
    plan = planned(host(file=file), WISH, TRIED)
    assert isinstance(plan, Plan)
    runtimes = at(parse(plan.drop_in), "plugins", V2, "containerd", "runtimes")
    assert isinstance(runtimes, dict)
    assert runtimes.keys() == {"mine", "nvidia"}, "it has no runc without ours either"


@pytest.mark.parametrize(
    ("changes", "default", "said"),
    [
        ({"file": f'{CRI}default_runtime_name = "kata"\n'.encode()}, True, "default_runtime_name is kata"),
        ({"file": f'{CRI}{OWN}BinaryName = "/opt/nvidia"\n'.encode()}, False, "one of its own, with /opt/nvidia"),
        ({"drop_in": f'{CRI}default_runtime_name = "nvidia"\n'.encode()}, False, "containerd.default_runtime_name"),
        ({"drop_in": b"version = 2\n[debug]\nlevel = 'warn'\n"}, False, "it also says debug"),
        ({"drop_in": b"version = = 2\n"}, False, "line 1, column 11"),
    ],
)
def test_what_a_user_would_lose_is_refused(changes: dict[str, object], default: bool, said: str) -> None:
    objection = planned(host(**changes), WISH._replace(default=default), TRIED)
    assert isinstance(objection, Objection)
    assert said in objection.observed


@pytest.mark.parametrize(
    ("changes", "default"),
    [
        ({"file": f'{CRI}default_runtime_name = "kata"\n'.encode()}, False),
        ({"file": f'{CRI}default_runtime_name = "nvidia"\n'.encode()}, False),
        ({"file": f'{CRI}default_runtime_name = "runc"\n'.encode()}, True),
        ({"drop_in": f'{CRI}default_runtime_name = "nvidia"\n'.encode()}, True),
        ({"drop_in": b"# Managed by gpufleet.\nversion = = 2\n", "dump": Unreadable("it is no TOML")}, False),
    ],
)
def test_what_nobody_loses_is_not(changes: dict[str, object], default: bool) -> None:
    assert isinstance(planned(host(**changes), WISH._replace(default=default), TRIED), Plan)


@pytest.mark.parametrize("version", ["1.7.24", "2.1.9"])
@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["name"])
def test_what_nvidia_ctk_wrote_by_hand_is_taken_over(case: dict[str, str], version: str) -> None:
    by_hand = case["stdout"].partition("\nimports = ")[0].encode()
    wish = WISH._replace(default="default" in case["name"])
    assert isinstance(planned(host(drop_in=by_hand, version=version), wish, TRIED), Plan)
