"""The kernel's tables of TCP sockets."""

from gpufleet.verify.sockets import listening

HEADING = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
TAIL = "00000000:00000000 00:00000000 00000000     0        0"
V4 = f"""{HEADING}
   0: 0100007F:0947 00000000:0000 0A {TAIL} 253172 1 0000000049b21184 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A {TAIL} 240110 1 00000000ba04acd3 100 0 0 10 0
   2: 0100007F:0947 0100007F:D2F0 01 {TAIL} 253180 1 00000000ba04acd3 100 0 0 10 0
"""
V6 = f"""{HEADING}
   0: 00000000000000000000000000000000:0948 00000000000000000000000000000000:0000 0A {TAIL} 253173 1 0 100
   1: B80D0120000000000000000001000000:0948 00000000000000000000000000000000:0000 0A {TAIL} 253174 1 0 100
"""


def descriptors(*inodes: int) -> str:
    stamp = "lrwx------ 1 root root 64 Nov 22 03:11"
    links = [f"{stamp} {number} -> 'socket:[{inode}]'" for number, inode in enumerate(inodes)]
    return "\n".join(["total 0", f"{stamp} 0 -> /dev/null", *links])


def test_only_listening_sockets_of_the_process_count() -> None:
    assert [str(found) for found in listening(V4, descriptors(253172, 253180))] == ["127.0.0.1:2375"]
    assert listening(V4, descriptors()) == []


def test_addresses_of_both_families_are_read() -> None:
    found = listening(V4 + V6, descriptors(240110, 253173, 253174))
    assert [str(listener) for listener in found] == ["0.0.0.0:22", "[::]:2376", "[2001:db8::1]:2376"]
