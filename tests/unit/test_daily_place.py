"""How a user who may not use Docker becomes one who may."""

import pytest

from gpufleet.daily.place import way_to_root


@pytest.mark.parametrize(
    ("data", "way"),
    [
        ({}, ("sudo", "root")),
        ({"_sudo": True, "_sudo_user": "docker"}, ("sudo", "docker")),
        ({"_doas": True}, ("doas", "root")),
        ({"_doas": True, "_doas_user": "docker", "_sudo": True}, ("doas", "docker")),
        ({"_dzdo": True}, ("dzdo", "root")),
        ({"_sudo": False}, ("none", "root")),
        ({"_su_user": "root"}, ("none", "root")),
    ],
)
def test_the_way_to_root_is_the_inventory_s(data: dict[str, object], way: tuple[str, str]) -> None:
    assert way_to_root(data) == way
