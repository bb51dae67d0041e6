"""A PostgreSQL of the tests' own, from the system's packages."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "for tests only"


class NoPostgres(Exception):
    """There is none here; the message says why."""


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server: the one that DATABASE_URL names, or one started for the block on a free port.

    Raises:
        NoPostgres: there is neither.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given.replace("postgres://", "postgresql://", 1)
        return
    programs, user = _programs(), _user()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data, port = folder / "data", _free_port()
        made = ["initdb", "-D", str(data), "-U", "tester", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
        _run(programs, user, [*made, "--no-sync", "--locale=C"])
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        log = str(folder / "log")
        _run(programs, user, ["pg_ctl", "-D", str(data), "-l", log, "-o", options, "-w", "-t", "60", "start"])
        try:
            yield f"postgresql://tester:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/postgres"
        finally:
            _run(programs, user, ["pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin"):
        folders += sorted(Path("/").glob(pattern), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgres("no PostgreSQL is installed (initdb and pg_ctl), and DATABASE_URL names none")


def _user() -> str | None:
    """Who runs the server: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NoPostgres("PostgreSQL does not run as root, and there is no other user to run it as")


def _run(programs: Path, user: str | None, command: list[str]) -> None:
    # The server must not inherit the tests' output: whoever waits for its end would wait for the server.
    done = subprocess.run(
        [str(programs / command[0]), *command[1:]],
        user=user,
        group=user if user == "postgres" else None,
        extra_groups=[] if user else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if command[0] == "initdb" else subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise NoPostgres(f"{command[0]} failed: {(done.stderr or b'').decode(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
