"""What is mounted where."""

from gpufleet.verify.mounts import mounted

TABLE = """\
overlay / overlay rw,relatime 0 0
shm /dev/shm tmpfs rw,size=16777216k 0 0
/dev/vda /my\\040data ext4 ro,relatime 0 0
/dev/vda /back\\134slash ext4 ro 0 0
/dev/vda /dönerteller ext4 rw 0 0
/dev/vda / ext4 ro 0 0
"""


def test_places_are_read_as_they_were_written() -> None:
    assert set(mounted(TABLE)) == {"/", "/dev/shm", "/my data", "/back\\slash", "/dönerteller"}  # noqa: S108 - a mount
    assert mounted(TABLE)["/dev/shm"] == ["rw", "size=16777216k"]  # noqa: S108 - a mount


def test_of_several_mounts_at_one_place_the_last_counts() -> None:
    assert mounted(TABLE)["/"] == ["ro"]
