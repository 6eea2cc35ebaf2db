"""Which host and which sandbox somebody means by a word or two."""

import pytest

from gpufleet.daily.choice import host, host_and_sandbox, like, sandbox
from gpufleet.daily.errors import DailyError

HOSTS = ["gpu01", "gpu02", "dgx"]
GROUPS = {"all": HOSTS, "gpu": ["gpu01", "gpu02"], "big": ["dgx"]}
SANDBOXES = {"gpu01": ["training", "notebook"], "gpu02": ["training"], "dgx": [], "@local": ["python_sandbox"]}


@pytest.mark.parametrize(
    ("word", "hosts", "meant"),
    [
        ("gpu02", HOSTS, "gpu02"),
        ("big", HOSTS, "dgx"),
        (None, ["dgx"], "dgx"),
        (None, ["gpu01", "@local"], "@local"),
        ("d*", HOSTS, "dgx"),
    ],
)
def test_a_host_is_meant_by_its_name_or_left_out_where_it_is_clear(
    word: str | None, hosts: list[str], meant: str
) -> None:
    assert host(word, hosts, GROUPS) == meant


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (None, "which host? There are gpu01, gpu02, dgx"),
        ("gpu", "gpu is several hosts, and this is for one: gpu01, gpu02"),
        ("gpu*", r"several hosts.*gpu01, gpu02"),
        ("gpu1", "gpu1: no such host or group; did you mean gpu01?"),
        ("laptop", "there are all, big, dgx, gpu, gpu01, gpu02"),
    ],
)
def test_what_means_no_host_or_several_is_refused_with_their_names(word: str | None, message: str) -> None:
    with pytest.raises(DailyError, match=message.replace("?", r"\?")):
        host(word, HOSTS, GROUPS)


@pytest.mark.parametrize(
    ("words", "hosts", "meant"),
    [
        (["gpu01", "notebook"], HOSTS, ("gpu01", "notebook")),
        (["gpu02"], HOSTS, ("gpu02", "training")),
        ([], ["gpu02"], ("gpu02", "training")),
        (["notebook"], ["gpu01"], ("gpu01", "notebook")),
        (["python_sandbox"], ["@local", "gpu01"], ("@local", "python_sandbox")),
    ],
)
def test_a_single_word_may_be_a_sandbox_of_the_host_that_need_not_be_named(
    words: list[str], hosts: list[str], meant: tuple[str, str]
) -> None:
    assert host_and_sandbox(words, hosts, {}, SANDBOXES.__getitem__) == meant


@pytest.mark.parametrize(
    ("words", "hosts", "message"),
    [
        (["training"], HOSTS, "training: no such host or group"),
        (["trainig"], ["gpu01"], "trainig: no such host or group; .*sandboxes of gpu01: training, notebook"),
        (["gpu01"], HOSTS, r"gpu01: which sandbox\? There are training, notebook"),
        (["gpu01", "notebok"], HOSTS, r"gpu01: no sandbox notebok is declared; did you mean notebook\?"),
        (["dgx"], HOSTS, "dgx: no sandbox is declared for it"),
    ],
)
def test_what_means_no_sandbox_or_several_is_refused_with_their_names(
    words: list[str], hosts: list[str], message: str
) -> None:
    with pytest.raises(DailyError, match=message):
        host_and_sandbox(words, hosts, {}, SANDBOXES.__getitem__)


def test_the_only_sandbox_need_not_be_named() -> None:
    assert sandbox(None, ["training"], "gpu02") == "training"


IMAGES = {"notebook": None, "code": "devel", "training": "pytorch", "tuning": "pytorch"}


@pytest.mark.parametrize(
    ("word", "image", "declared", "meant"),
    [
        (None, None, {}, None),
        (None, "pytorch", {}, None),
        (None, None, {"training": None}, "training"),
        (None, "devel", {"training": None}, "training"),
        (None, "devel", IMAGES, "code"),
        ("notebook", "devel", IMAGES, "notebook"),
    ],
)
def test_a_job_is_like_the_only_sandbox_or_the_only_one_that_is_made_from_its_image(
    word: str | None, image: str | None, declared: dict[str, str | None], meant: str | None
) -> None:
    assert like(word, image, declared, "gpu01") == meant


@pytest.mark.parametrize(
    ("word", "image", "message"),
    [
        (None, None, "Add `--sandbox notebook` or `--sandbox code` or .* behind `gpufleet run`"),
        (None, "debian", "Add `--sandbox notebook` or `--sandbox code` or "),
        (None, "pytorch", "Add `--sandbox training` or `--sandbox tuning` behind"),
        ("trainig", "pytorch", r"no sandbox trainig is declared; did you mean training\?"),
    ],
)
def test_where_a_job_could_be_like_several_it_is_asked_with_what_to_type(
    word: str | None, image: str | None, message: str
) -> None:
    with pytest.raises(DailyError, match=f"^gpu01: .*{message}"):
        like(word, image, IMAGES, "gpu01")
