"""What a child process may take, where its system sets such limits.

macOS refuses one of addresses, and a user's own limit may be lower already: the child then works without this one.
"""

from __future__ import annotations

from contextlib import suppress


def limit(memory_bytes: int, processor_seconds: int | None = None) -> None:
    """Of this process, from now on."""
    import resource

    wanted = {resource.RLIMIT_AS: memory_bytes, resource.RLIMIT_CPU: processor_seconds}
    for kind, most in wanted.items():
        if most is not None:
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))
