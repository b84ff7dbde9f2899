"""LanceDB's import: what it leaves out, and that nothing else is touched."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from tunebook.library.lighter import CLIENTS, import_lancedb
finders = list(sys.meta_path)
assert import_lancedb() is import_lancedb() is sys.modules["lancedb"]
assert sys.meta_path == finders
clients = [module for name, module in sys.modules.items() if name.startswith(CLIENTS)]
assert clients and not any(hasattr(module, "__file__") for module in clients)
import lance_namespace_urllib3_client.models.create_table_request as kept
assert kept.__file__
"""


def test_clients_of_servers_are_left_out():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
