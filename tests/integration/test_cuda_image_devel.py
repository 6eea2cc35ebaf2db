"""The variant of the CUDA image that people develop in, and bases that bring more than a distribution."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.stock_pyinfra import pyinfra
from tests.lab.product import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DEPLOY = Path(__file__).with_name("deploys") / "cuda_image_only.py"
BUILD = "CUDA image | Build the image"
IN_THE_WAY = "banner of the entry point"
LIKE_NVIDIAS = rf"""
FROM lean:1
USER 0
RUN mkdir -p /opt/conda/bin /opt/conda/lib /opt/nvidia && cp -a /usr/bin/python3* /opt/conda/bin \
 && cp -a /usr/lib/python3* /opt/conda/lib \
 && dpkg -P --force-all $(dpkg-query -W -f '${{Package}}\n' 'python3*' | grep -v whl) \
 && rm -rf /opt/venv /app && groupdel venv \
 && usermod -l ubuntu -d /home/ubuntu -m sandbox \
 && printf '#!/bin/bash\necho "{IN_THE_WAY}"\nexec "$@"\n' >/opt/nvidia/nvidia_entrypoint.sh \
 && chmod 755 /opt/nvidia/nvidia_entrypoint.sh \
 && echo 'mine = "of the base"' >$(echo /opt/conda/lib/python3.[0-9]*)/of_the_base.py \
 && apt-mark hold bash libpam-modules
ENV PATH=/opt/conda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PIP_CONSTRAINT=/etc/none.txt \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_REQUIRE_CUDA=cuda>=9.0
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
USER ubuntu
"""
"""As nvcr.io/nvidia/pytorch and nvidia/cuda are: a Python that no package brings, an entry point that prints, a user
with the id 1000 who is the image's own, and pip held to versions."""


@dataclass(frozen=True)
class Images:
    """The images of one lab host."""

    lab: Lab
    host: LabHost

    def apply(self, **variables: object) -> tuple[str, list[str]]:
        """Run the role; the reference of the image, and what changed."""
        declared: dict[str, object] = {"platform_gpu": "none", "cuda_image_cuda": 13, "cuda_image_keep": 9, **variables}
        done = pyinfra(self.lab.inventory([self.host], **declared), DEPLOY, "-y", seconds=900)
        assert done.code == 0, done.output
        found = re.search(r"image: (\S+)", done.output)
        assert found, done.output
        return found[1], [item.name for item in operations(done.output) if item.changed]

    def inside(self, image: str, script: str) -> str:
        """What a script prints in a container of an image, without its entry point."""
        command = f"docker run --rm -i --network none --entrypoint bash {image} -s"
        return self.host.ssh(command, stdin=f"set -e\n{script}").stdout


@pytest.fixture(scope="module")
def images(lab: Lab, converged_snapshot: str) -> Iterator[Images]:
    """A host with Docker."""
    host = lab.host(from_snapshot=converged_snapshot)
    yield Images(lab, host)
    host.destroy()


@pytest.fixture(scope="module")
def lean(images: Images) -> str:
    """The lean image."""
    return images.apply()[0]


@pytest.fixture(scope="module")
def devel(images: Images, lean: str) -> str:
    """The variant `devel`, built where the lean one is."""
    reference, changed = images.apply(cuda_image_variant="devel")
    assert changed == [BUILD]
    assert reference != lean
    return reference


WORKS = """
cd "$(mktemp -d)"
echo 'int main(void) { return 7; }' >x.c; cc x.c -o x; ./x || echo "compiled $?"
git init -q . && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x && git log --oneline | wc -l
ssh -V 2>&1 | cut -d _ -f 1
vim --version | head -n 1 | cut -d ' ' -f 1
python -c 'import sysconfig, pathlib; print(pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
"""
PAGES = """
for page in ls bash tar make git man open 3:printf; do
    case $page in 3:*) set -- 3 "${page#3:}" ;; *) set -- "$page" ;; esac
    man "$@" | col -bx | grep -c '^NAME$'
done
"""


@pytest.mark.slow
def test_people_find_their_tools_in_the_variant_devel(images: Images, devel: str) -> None:
    assert images.inside(devel, WORKS).split() == ["compiled", "7", "1", "OpenSSH", "VIM", "True"]


@pytest.mark.slow
def test_man_pages_are_there_also_those_of_packages_that_the_base_brings(images: Images, lean: str, devel: str) -> None:
    assert images.inside(devel, PAGES).split() == ["1"] * 8
    missing = "for f in $(cat /var/lib/dpkg/info/*.list | grep '^/usr/share/man/man[1-8]/.'); do [ -e $f ] || [ -L $f ]"
    assert images.inside(devel, f"{missing} || echo $f; done") == ""
    assert images.inside(lean, f"{missing} || echo $f; done | grep -c /ls.1") == "1\n", "the base has none"
    assert "ls (1)" in images.inside(devel, "man -k 'list directory contents'"), "its index is made"


@pytest.mark.slow
def test_both_variants_share_the_python_packages_and_a_second_run_builds_neither(
    images: Images, lean: str, devel: str
) -> None:
    def layers(image: str) -> list[str]:
        shown = images.host.ssh(f"docker image inspect -f '{{{{json .RootFS.Layers}}}}' {image}").stdout
        return re.findall(r"sha256:\w+", shown)

    assert layers(devel)[:4] == layers(lean)[:4], "base, system packages, the locked ones, one's own"
    assert images.apply(cuda_image_variant="devel") == (devel, [])
    before = images.host.ssh("docker images --no-trunc -aq").stdout
    assert images.apply()[0] == lean, "which is noted as the host's image now"
    assert images.host.ssh("docker images --no-trunc -aq").stdout == before


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["lean", "devel"])
def test_a_base_may_bring_its_own_python_entry_point_and_user(images: Images, lean: str, variant: str) -> None:
    images.host.ssh(f"docker tag {lean} lean:1")
    images.host.ssh("docker build -q -t like-nvidias:1 -", stdin=LIKE_NVIDIAS)
    made, _ = images.apply(cuda_image_base="like-nvidias:1", cuda_image_variant=variant)
    look = """
    id -un; id -u; readlink -f /opt/venv/bin/python | cut -d / -f 1-3
    touch /app/x ~/x && echo wrote
    python -c 'import numba.cuda, of_the_base; print(of_the_base.mine)'
    """
    assert images.inside(made, look).splitlines() == ["ubuntu", "1000", "/opt/conda", "wrote", "of the base"]
    said = images.host.ssh(f"docker run --rm --network none {made} python -c 'print(1)'").stdout
    assert said == f"{IN_THE_WAY}\n1\n", "the base's entry point stays: NVIDIA's sets up what its packages need"
    if variant == "devel":
        held = "ls /usr/share/man/man1/bash.1.gz $(dpkg -L libpam-modules | grep -m 1 /man8/.) 2>/dev/null || echo held"
        assert images.inside(made, f"man ls | grep -c ^NAME; {held}") == "1\nheld\n"
