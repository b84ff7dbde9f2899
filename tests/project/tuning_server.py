"""A server that tunes, over real HTTP in OpenAI's shape: its tuned models say what the uploaded rows say.

with TuningServer() as server: …server.url…       `server.fails` ends jobs as failed; `server.jobs` and `server.files` are seen
"""

from __future__ import annotations

import json
import re
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOSSES = (2.0, 1.0, 0.5)


class TuningServer:
    def __init__(self, fails: str | None = None, speaks_of_tuning: bool = True) -> None:
        self.fails, self.speaks_of_tuning = fails, speaks_of_tuning
        self.files: dict[str, list[dict[str, Any]]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, int] = {}  # job → times that it was looked at: it runs, then it is done
        self.models_asked: list[str] = []

    def __enter__(self) -> TuningServer:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.posted(self, body)

            def do_GET(self) -> None:
                server.got(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def posted(self, line: BaseHTTPRequestHandler, body: bytes) -> None:
        if line.path == "/v1/chat/completions":
            self._chat(line, json.loads(body))
        elif not self.speaks_of_tuning:
            _send(line, {"error": {"message": "no such route"}}, 404)
        elif line.path == "/v1/files":
            rows = _file_in(line.headers["Content-Type"], body)
            id = f"file-{len(self.files)}"
            self.files[id] = [json.loads(text) for text in rows.splitlines()]
            _send(line, {"id": id, "object": "file", "bytes": len(rows), "created_at": 0, "filename": "f",
                         "purpose": "fine-tune", "status": "processed"})  # fmt: skip
        else:
            asked = json.loads(body)
            id = f"ftjob-{len(self.jobs)}"
            self.jobs[id] = asked
            self.looks[id] = 0
            _send(line, self._job(id))

    def got(self, line: BaseHTTPRequestHandler) -> None:
        found = re.fullmatch(r"/v1/fine_tuning/jobs/([^/?]+)(/events)?(\?.*)?", line.path)
        assert found, line.path
        id = found[1]
        if found[2]:
            steps = [
                {"id": f"e{step}", "object": "fine_tuning.job.event", "created_at": 0, "level": "info", "type": "metrics",
                 "message": "", "data": {"step": step, "total_steps": 3, "train_loss": loss, "valid_loss": loss + 0.1}}
                for step, loss in enumerate(LOSSES, 1)
            ]  # fmt: skip
            _send(line, {"object": "list", "data": steps[::-1], "has_more": False})
            return
        self.looks[id] += 1
        _send(line, self._job(id))

    def _job(self, id: str) -> dict[str, Any]:
        asked, done = self.jobs[id], self.looks[id] > 1
        status = "running" if not done else "failed" if self.fails else "succeeded"
        return {
            "id": id, "object": "fine_tuning.job", "created_at": 0, "model": asked["model"], "status": status,
            "fine_tuned_model": f"ft:{asked['model']}:{id}" if status == "succeeded" else None,
            "error": {"code": "bad", "message": self.fails, "param": None} if status == "failed" else None,
            "trained_tokens": 1234 if done else None, "training_file": asked["training_file"], "validation_file": None,
            "hyperparameters": asked["hyperparameters"], "organization_id": "o", "result_files": [], "seed": asked["seed"],
        }  # fmt: skip

    def _chat(self, line: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        self.models_asked.append(asked["model"])
        learnt = {}
        if asked["model"].startswith("ft:"):
            job = self.jobs[asked["model"].rsplit(":", 1)[1]]
            for file in (job["training_file"], job.get("validation_file")):
                for row in self.files.get(file or "", []):
                    learnt[row["messages"][-2]["content"]] = row["messages"][-1]["content"]
        text = learnt.get(asked["messages"][-1]["content"], "I could not say.")
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        data = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        line.send_response(200)
        line.send_header("Content-Type", "text/event-stream")
        line.send_header("Content-Length", str(len(data)))
        line.end_headers()
        line.wfile.write(data)


def _file_in(kind: str, body: bytes) -> str:
    """The text of the part that is a file."""
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    for part in whole.get_payload():
        if part.get_filename():
            return part.get_payload(decode=True).decode()
    raise AssertionError("no file came")


def _send(line: BaseHTTPRequestHandler, data: dict[str, Any], status: int = 200) -> None:
    body = json.dumps(data).encode()
    line.send_response(status)
    line.send_header("Content-Type", "application/json")
    line.send_header("Content-Length", str(len(body)))
    line.end_headers()
    line.wfile.write(body)
