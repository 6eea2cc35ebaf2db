"""Which images are ours, which may go, and what they tell of the CUDA that a host works with."""

from __future__ import annotations

import json

import pytest

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.images import present
from gpufleet.images.present import (
    Container,
    Image,
    Present,
    cuda_majors,
    own_references,
    remembered_major,
    superfluous,
)

OURS = "gpufleet/cuda"


def image(number: int, major: int = 12, *, name: str | None = None) -> Image:
    """The image of ours of that number; higher ones are newer."""
    content = f"{number:064x}"[::-1]
    labels = {"gpufleet.image": "cuda_image", "gpufleet.content": content, "gpufleet.cuda": str(major)}
    return Image(f"sha256:{number}", (name or f"{OURS}:{major}-{content[:12]}",), labels, f"2026-01-{number:02d}T00:00")


def tag(number: int, major: int = 12) -> str:
    return image(number, major).references[0]


def test_unused_images_go_but_for_the_newest() -> None:
    there = Present(tuple(map(image, (3, 1, 5, 2, 4))))
    assert superfluous(there, OURS, [tag(5)], keep=2) == [tag(1), tag(2)]
    assert superfluous(there, OURS, [tag(5)], keep=0) == [tag(1), tag(2), tag(3), tag(4)]


def test_the_declared_image_stays_however_old_it_is() -> None:
    assert superfluous(Present(tuple(map(image, (1, 2, 3, 4)))), OURS, [tag(1)], keep=2) == [tag(2)]


def test_the_same_goes_whether_the_sandbox_of_the_declared_image_is_there_or_not() -> None:
    images = tuple(map(image, (1, 2, 3, 4)))
    alone, with_sandbox = Present(images), Present(images, (Container("python_sandbox", "sha256:4", {}),))
    for keep in range(5):
        assert superfluous(alone, OURS, [tag(4)], keep) == superfluous(with_sandbox, OURS, [tag(4)], keep)
    assert superfluous(alone, OURS, [tag(4)], keep=3) == []


def test_an_image_with_a_container_stays_and_does_not_count() -> None:
    there = Present(tuple(map(image, (1, 2, 3, 4))), (Container("job", "sha256:1", {}),))
    assert superfluous(there, OURS, [tag(4)], keep=1) == [tag(2)]
    assert superfluous(there, OURS, [tag(4)], keep=2) == []


def test_an_image_that_somebody_made_from_ours_is_theirs_although_it_has_our_labels() -> None:
    theirs = image(1, name="mine/training:1")
    untagged = Image("sha256:9", (), theirs.labels, theirs.created)
    retagged = image(2, name=f"{OURS}:mine")
    assert superfluous(Present((theirs, untagged, retagged, image(3))), OURS, (), keep=0) == [tag(3)]


def test_a_second_tag_of_somebody_elses_stays() -> None:
    ours = image(1)
    both = Image(ours.id, ("mine/copy:1", *ours.references), ours.labels, ours.created)
    assert own_references(both, OURS) == [tag(1)]


def test_an_image_is_the_wanted_one_by_name_and_content() -> None:
    there = Present((image(1),))
    assert there.find(tag(1), image(1).labels["gpufleet.content"]) == image(1)
    assert there.find(tag(1), image(2).labels["gpufleet.content"]) is None
    assert there.find(tag(2), image(1).labels["gpufleet.content"]) is None


def test_containers_tell_more_of_the_cuda_in_use_than_images_and_newer_images_more_than_older() -> None:
    images = (image(1, 12), image(2, 13))
    assert cuda_majors(Present(images), OURS) == [13, 12]
    sandbox = Container("python_sandbox", "sha256:1", {"gpufleet.cuda": "12"})
    assert cuda_majors(Present(images, (Container("other", "x", {}), sandbox)), OURS) == [12, 13]
    assert cuda_majors(Present(images, remembered=tag(1, 12)), OURS) == [12, 13], "the one that was declared last"
    assert cuda_majors(Present(remembered=tag(1, 12)), OURS) == [], "of which nothing is left"
    assert cuda_majors(Present(images[:1], remembered=tag(2, 13)), OURS) == [13, 12], (
        "removed, and one beside it is left"
    )
    assert cuda_majors(Present((image(1, 12, name="mine:1"),)), OURS) == []


def test_what_the_script_prints_is_read() -> None:
    shown = {"Id": "sha256:1", "RepoTags": ["a:1"], "Created": 1767225600, "Size": 5, "Labels": {"x": "y"}}
    inside = {"Names": ["/other/alias", "/job"], "ImageID": "sha256:1", "Labels": None}
    lines = [f"images={json.dumps([shown])}", f"containers={json.dumps([inside])}", "remembered=a:1", "end=yes"]
    (made,) = (Image("sha256:1", ("a:1",), {"x": "y"}, "2026-01-01T00:00:00+00:00", 5),)
    assert present(lines) == Present((made,), (Container("job", "sha256:1", {}),), "a:1")


@pytest.mark.parametrize("tags", [None, [], ["<none>:<none>"]])
def test_an_untagged_image_without_labels_is_read(tags: list[str] | None) -> None:
    bare = {"Id": "sha256:1", "RepoTags": tags, "Labels": None}
    found = present([f"images={json.dumps([bare])}", "end=yes"])
    assert isinstance(found, Present)
    assert [(image.references, image.labels) for image in found.images] == [((), {})]


def test_a_daemon_that_does_not_answer_is_no_host_without_images() -> None:
    assert present(["docker=yes", "trouble=dockerd does not run", "end=yes"]) == Unreadable("dockerd does not run")
    assert present(["end=yes"]) == Present()


def test_a_script_that_was_cut_off_is_not_believed() -> None:
    with pytest.raises(ValueError, match="did not run to its end"):
        present(["docker=yes"])


@pytest.mark.parametrize(("reference", "major"), [("gpufleet/cuda:13-0123", 13), ("mine", 0), (None, 0)])
def test_the_major_stands_in_the_name(reference: str | None, major: int) -> None:
    assert remembered_major(reference) == major
