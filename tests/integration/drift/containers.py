"""What happens to the image and to sandboxes, and what is edited in the repository about them."""

from __future__ import annotations

from tests.integration.drift.case import Case

IMAGE = "cuda-image.build-the-image"
OLDER = "cuda-image.remove-older-images-that-nothing-uses"
ROLE = "sandbox"
RUNS = f"{ROLE}.have-python-sandbox-run-as-declared"
SEES_GPUS = f"{ROLE}.have-the-gpus-of-python-sandbox-work"
WORKSPACE = f"{ROLE}.have-the-workspace-of-python-sandbox"
UNDECLARED = f"{ROLE}.look-for-sandboxes-that-are-not-declared"
STARTER, STARTER_UNIT = (
    f"{ROLE}.install-what-starts-sandboxes-that-docker-could-not",
    f"{ROLE}.start-sandboxes-at-boot-that-docker-could-not",
)
NAME, FOLDER = "python_sandbox", "/home/ops/python_sandbox"
TAG = f"$(docker inspect -f '{{{{.Config.Image}}}}' {NAME})"
LABEL = f"$(docker inspect -f '{{{{index .Config.Labels \"gpufleet.declaration\"}}}}' {NAME})"
SMALL = "debian:trixie-slim"
GPUS = "--runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility"


def by_hand(*, shm: str = "16g", gpus: str = GPUS, folder: str = FOLDER, image: str = "$image", more: str = "") -> str:
    """The sandbox, made anew by somebody who copies what it was made with, but for one thing."""
    options = f"--init -t --restart unless-stopped --shm-size {shm} {gpus} -v {folder}:/app --entrypoint sleep {more}"
    labels = f"-l gpufleet.sandbox={NAME} -l gpufleet.declaration=$label"
    return (
        f"image={TAG}; label={LABEL}; docker rm -f {NAME}; "
        f"docker run -d --name {NAME} {labels} {options} {image} infinity"
    )


def older(count: int) -> str:
    """So many images that earlier declarations have left."""
    labels = "--label gpufleet.image=cuda_image --label gpufleet.cuda=13 --label gpufleet.content=$content"
    build = f"printf 'FROM {SMALL}\\nLABEL number='$number | docker build -q {labels} -t gpufleet/cuda:13-$tag -"
    content = "content=$(printf %d%063d $number 0); tag=$(printf %.12s $content)"
    return f"for number in $(seq 1 {count}); do {content}; {build}; done"


LEFT = "docker images --format '{{.Repository}}:{{.Tag}}' gpufleet/cuda | grep -E ':13-[0-9]0+$' | xargs docker rmi"

IMAGES = (
    Case("the image's name is gone", f"docker rmi -f {TAG}", IMAGE),
    Case("the image's name stands for another one", f"docker tag {SMALL} {TAG}", IMAGE),
    Case("more older images are there than are kept", older(3), OLDER, quick=True, undo=LEFT),
)

SANDBOXES = (
    Case("the sandbox is stopped", f"docker stop -t 0 {NAME}", RUNS, "runtime", quick=True),
    Case("the sandbox is paused", f"docker pause {NAME}", RUNS, "runtime"),
    Case(
        "the sandbox has lost its GPUs",
        f"docker exec {NAME} touch /dev/shm/nvml-lost",
        SEES_GPUS,
        "runtime",
        quick=True,
    ),
    Case(
        "the sandbox has lost its GPUs and is in use",
        f"docker exec {NAME} touch /dev/shm/nvml-lost; docker exec -d {NAME} sleep 1000",
        SEES_GPUS,
        "pending",
        person=f"docker restart -t 0 {NAME}",
    ),
    Case("the sandbox is gone", f"docker rm -f {NAME}", RUNS),
    Case(
        "the sandbox is another one's",
        f"docker rm -f {NAME}; docker run -d --name {NAME} {SMALL} sleep infinity",
        RUNS,
        "unmanaged",
        quick=True,
        person=f"docker rm -f {NAME}",
    ),
    Case("the sandbox has another shared memory", by_hand(shm="1g"), RUNS, quick=True),
    Case("the sandbox has another workspace", by_hand(folder="/srv"), RUNS),
    Case("the sandbox has a mount more", by_hand(more="-v /srv:/srv"), RUNS),
    Case("the sandbox asks for no GPU", by_hand(gpus=""), RUNS),
    Case("the sandbox asks for GPUs in another way", by_hand(gpus="--device nvidia.com/gpu=all"), RUNS),
    Case("the sandbox is made from another image", by_hand(image=SMALL), RUNS),
    Case("the sandbox is privileged", by_hand(more="--privileged"), RUNS),
    Case("the sandbox is not started at boot", f"docker update --restart no {NAME}", RUNS),
    Case(
        "the sandbox is not as declared and in use",
        f"{by_hand(shm='1g')}; docker exec -d {NAME} sleep 1000",
        RUNS,
        "pending",
        person=f"docker stop -t 0 {NAME}",
    ),
    Case(
        "a sandbox is there that nobody declares",
        f"docker run -d --name former -l gpufleet.sandbox=former {SMALL} sleep infinity",
        UNDECLARED,
        "pending",
        quick=True,
        person="docker rm -f former",
    ),
    Case(
        "a sandbox is there that nobody declares, with consent to remove it",
        f"docker run -d --name former -l gpufleet.sandbox=former {SMALL} sleep infinity",
        UNDECLARED,
        "unmanaged",
        settings={"sandbox_remove_undeclared": True},
    ),
)

AROUND = (
    Case("the workspace is gone", f"docker stop -t 0 {NAME}; rm -r {FOLDER}; docker start {NAME} || true", WORKSPACE),
    Case(
        "the workspace was moved away and made anew",
        f"mv {FOLDER} {FOLDER}.old; mkdir {FOLDER}; chown ops:ops {FOLDER}",
        RUNS,
        "runtime",
        undo=f"rm -rf {FOLDER}.old",
    ),
    Case("the workspace is root's", f"chown root:root {FOLDER}", WORKSPACE),
    Case(
        "the workspace is another user's",
        f"chown 1234:1234 {FOLDER}",
        WORKSPACE,
        "pending",
        person=f"chown ops:ops {FOLDER}",
    ),
    Case(
        "what starts sandboxes is edited",
        "echo exit >>/usr/local/lib/gpufleet/gpufleet-sandboxes.sh",
        STARTER,
        diff=("-exit",),
    ),
    Case("what starts sandboxes is not started at boot", "systemctl disable gpufleet-sandboxes.service", STARTER_UNIT),
)

CASES = (*IMAGES, *SANDBOXES, *AROUND)
