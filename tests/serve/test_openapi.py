"""The OpenAPI document says what there is, and nothing that fits it (or nearly) makes the server fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from serving import live


def test_no_request_makes_a_server_error(served: Any, tmp_path: Path) -> None:
    tool = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert tool, "schemathesis is in the extra dev"
    with live(served) as url:
        how = [
            "--checks",
            "not_a_server_error",
            "--phases",
            "fuzzing",
            "--max-examples",
            "8",
            "--generation-deterministic",
        ]
        done = subprocess.run(
            [tool, "run", f"{url}/openapi.json", *how, "--request-timeout", "30", "--no-color"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_error_is_documented_in_one_shape(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            told = operation["responses"]["4XX"]["content"]["application/json"]["schema"]
            assert told["$ref"].endswith("/ErrorAnswer"), (method, path)
            assert operation.get("description") or operation.get("summary")
