"""Secrets in texts of any kind are hidden, ordinary words are not, and no text takes long."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gpufleet.containers.compare import gaps
from gpufleet.operations.files import text_diff
from gpufleet.report.guard import guarded
from gpufleet.secret_texts import hidden, hidden_words
from tests.unit.container_cases import IMAGE, WANTED, as_made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("API_TOKEN=hunter2 run", "API_TOKEN=*** run"),
        ("export password='hunter2 hunter2'; go", "export password='***'; go"),
        ('PGPASSWORD="hunter2\\"hunter2" psql', 'PGPASSWORD="***" psql'),
        ("TOKEN='hunter'\"'\"'hunter2' go", "TOKEN='***' go"),
        ('PASSWORD=hun"ter2 go', "PASSWORD=*** go"),
        ("c.ServerApp.token = 'hunter2'", "c.ServerApp.token = '***'"),
        ("jupyter lab --ServerApp.token=hunter2 --port=1", "jupyter lab --ServerApp.token=*** --port=1"),
        ("jupyter lab --ServerApp.token hunter2 --port 1", "jupyter lab --ServerApp.token *** --port 1"),
        ("run --token \\\n  hunter2", "run --token \\\n  ***"),
        ("vllm serve --api-key hunter2", "vllm serve --api-key ***"),
        ("vllm serve --api_key=hunter2", "vllm serve --api_key=***"),
        ("NGC_API_KEY: hunter2", "NGC_API_KEY: ***"),
        ('{"clientSecret": "hunter2", "port": 1}', '{"clientSecret": "***", "port": 1}'),
        ('{"token":"hunter2"}', '{"token":"***"}'),
        ('{"x": {"token": 42}}', '{"x": {"token": ***}}'),
        ('{"tokens": ["hunter2", "hunter2"]}', '{"tokens": ***}'),
        ('{"credentials": {"key": "hunter2"}, "x": 1}', '{"credentials": ***, "x": 1}'),
        ('{"cmd": ["--token", "hunter2", "x"]}', '{"cmd": ["--token", "***", "x"]}'),
        ("['--token=hunter2', 'x']", "['--token=***', 'x']"),
        ('sh -c "{\\"token\\": \\"hunter2\\", \\"x\\": 1}"', 'sh -c "{\\"token\\": \\"***\\", \\"x\\": 1}"'),
        ("sh -c \"run --token='hunter2'\" && rest", "sh -c \"run --token='***'\" && rest"),
        ("curl -H 'Authorization: Bearer hunter2' https://x", "curl -H 'Authorization: ***' https://x"),
        ('"Authorization": "Basic hunter2"', '"Authorization": "***"'),
        ("Proxy-Authorization: Basic hunter2", "Proxy-Authorization: ***"),
        ("the token API_TOKEN=hunter2", "the token API_TOKEN=***"),
        ("/etc/api_token: password=hunter2", "/etc/api_token: password=***"),
        ("sed -i 's/.*/ token: hunter2/' x", "sed -i 's/.*/ token: ***' x"),
        ("http://me:hunter2@proxy/?token=hunter2", "http://***@proxy/?token=***"),
        ("+password: hunter2\n-password: hunter2\n", "+password: ***\n-password: ***\n"),
        ('password="hunter2 hunter2\nnext', 'password="***"\nnext'),
        ('auth = "aHVudGVyMjp4"', 'auth = "***"'),
        ("auth='hunter2'", "auth='***'"),
        ('"auth" = "hunter2" # x', '"auth" = "***" # x'),
        ('identitytoken = "hunter2"\nidentity_token="hunter2"', 'identitytoken = "***"\nidentity_token="***"'),
        ('username = "hunter2"', 'username = "***"'),
        ('configs."r.io".auth.auth = "hunter2"', 'configs."r.io".auth.auth = "***"'),
        ('"r" = {auth = {username = "hunter2", password = "a}hunter2"}}', '"r" = {auth = ***}'),
        ('password = """\nhunter2"\\"""\n""" # x\nx = 1', 'password = "***" # x\nx = 1'),
        ("auth = '''\nhunter2\n'''\nx = 1", "auth = '***'\nx = 1"),
        ('{"auths": {"r.io": {"auth": "hunter2"}}}', '{"auths": {"r.io": {"auth": "***"}}}'),
        ('"auths":{"r":{"identitytoken":"hunter2"}}', '"auths":{"r":{"identitytoken":"***"}}'),
        ('{\\"auths\\": {\\"auth\\": \\"hunter2\\"}}', '{\\"auths\\": {\\"auth\\": \\"***\\"}}'),
        ('tokens = ["a]hunter2", "hunter2"]', "tokens = ***"),
        ('Authorization = ["Basic hunter2", "Basic hunter2"]', "Authorization = ***"),
        ("X-Registry-Auth: hunter2", "X-Registry-Auth: ***"),
        ("REDIS_AUTH=hunter2 run", "REDIS_AUTH=*** run"),
    ],
)
def test_a_secret_is_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert hidden(text) == shown
    assert hidden(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "vllm serve --tokenizer fast --max-num-batched-tokens 8192 --tokenizer-mode=auto",
        '{"max_tokens": 4096, "x": 1}',
        "password_file=/run/secrets/x --token-file /run/x",
        "/etc/x/api_token: expected the declared content, found no file",
        "the token is expired and no password was given",
        "vault/secrets-agent:1.2 https://token-server:8443/x",
        "use --token, or log in",
        "token=\n",
        '"secrets": {\n  "x": 1\n}',
        "docker-engine.remember-the-secret",
        "apt-get install api-server=1.2",
        '[plugins."io.containerd.grpc.v1.cri".registry.configs."r.io".auth]',
        "author: x, SSH_AUTH_SOCK=/x, authorized_keys: x, auths: 1, oauth2: x, --allow-unauthenticated=x",
        "pam_unix(sshd:auth): no such user",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize(
    "part",
    ["a", "token", "token=", "token: ", "token ", "--token ", 'token="', "token='", "token=[", 'token="\\', "token\\",
     "token=\\", "/token_file=/", "/a/token: ", "max_tokens=1", "tokens=1 x", "authorization:", "//a", "token\t", "\"'",
     "x token=a\"b'c ", "an ordinary line with a token in it\n", 'TOKEN="it"\'s\'', "api-", "-", 'auth="""', "auth='''",
     'auth="""\\', 'auth=["', "auth={'", "auth=[\\", "authorization=[", 'authorization=["', "username", "auth ", "[[{"],
)  # fmt: skip
def test_no_text_takes_long(part: str) -> None:
    text = "token=x " + part * (1_000_000 // len(part))
    began = time.process_time()
    hidden(text)
    assert time.process_time() - began < 1.5, "0.2 s and less on an idle machine; what is not linear takes minutes"


def test_the_words_of_a_command_are_secrets_as_a_whole() -> None:
    words = ["lab", "--token", "hunter2 hunter2", "--X.password=hunter2 hunter2", "sh", "token=hunter2 x", "--port=1"]
    assert hidden_words(words) == ["lab", "--token", "***", "--X.password=***", "sh", "token=***", "--port=1"]
    assert hidden_words(["-c", "run --token 'hunter2 x' y"]) == ["-c", "run --token '***' y"]


def test_the_command_of_a_container_shows_no_secret_and_another_secret_is_a_difference() -> None:
    found = as_made()
    found = replace(found, container=replace(found.container, command=("lab", "--token", "hunter2 x")), labels={})
    (gap,) = gaps(replace(WANTED, command=("lab", "--token=hunter3 x")), found, IMAGE)
    assert str(gap) == "command sleep lab --token *** instead of sleep lab --token=***"
    (gap,) = gaps(replace(WANTED, command=("lab", "--token", "hunter3")), found, IMAGE)
    assert str(gap) == "command sleep lab --token *** (another secret) instead of sleep lab --token ***"


def test_a_diff_shows_no_secret() -> None:
    diff = text_diff("x", b"a=1\npassword: hunter2\n", b"a=2\npassword: hunter2\n")
    assert "-a=1" in diff
    assert "hunter2" not in diff


def test_no_text_of_a_report_shows_a_secret() -> None:
    assert guarded(("--token hunter2", {"x": "PASSWORD=hunter2"})) == ("--token ***", {"x": "PASSWORD=***"})
