"""Real servers for the tests: PostgreSQL and Dovecot, each in a folder and on a port of its own."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVICE_USER = "nobody"
"""Neither server runs as root; where the tests do, they start it as this user."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def find_program(name: str) -> str | None:
    """A program on the PATH, or where Debian keeps those of PostgreSQL and Dovecot."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(debian[0]) if debian else shutil.which(name) or shutil.which(name, path="/usr/sbin")


@contextmanager
def service_folder() -> Iterator[Path]:
    """A folder that belongs to the user that the server runs as."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, SERVICE_USER)
        yield Path(name)


def _user() -> str | None:
    return SERVICE_USER if os.geteuid() == 0 else None


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A running PostgreSQL; yields the URL of its server. Skips where there is none. `durable`: it syncs to disk."""
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("PostgreSQL is not installed (initdb, pg_ctl)")
    with service_folder() as folder:
        data = folder / "data"

        def run(*command: str) -> None:
            subprocess.run(command, check=True, user=_user(), cwd=folder, stdout=subprocess.DEVNULL)

        run(initdb, "-D", str(data), "-U", "signoff", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        port = free_port()
        options = f"{'' if durable else '-F '}-h 127.0.0.1 -p {port} -k {folder}"
        run(pg_ctl, "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield f"postgresql://signoff:secret-word@127.0.0.1:{port}"
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")


@contextmanager
def certificate() -> Iterator[Path]:
    """A certificate for localhost with its key, in one file. Skips where OpenSSL is not there."""
    openssl = find_program("openssl")
    if not openssl:
        pytest.skip("openssl is not installed")
    with service_folder() as folder:
        file, key = folder / "localhost.pem", folder / "key.pem"
        command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
        subprocess.run([*command, "-keyout", str(key), "-out", str(file)], check=True, stderr=subprocess.DEVNULL)
        file.write_text(file.read_text() + key.read_text())
        file.chmod(0o644)
        yield file


@dataclass(frozen=True)
class ImapServer:
    """A running Dovecot: any user, password `pa@ss`, one mailbox in `maildir`."""

    port: int
    tls_port: int
    maildir: Path


_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
auth_failure_delay = 0
listen = 127.0.0.1
mail_location = maildir:{folder}/mail
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
passdb {{
  driver = static
  args = password=pa@ss
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  # No waiting after a wrong password.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@contextmanager
def imap_server(certificate: Path) -> Iterator[ImapServer]:
    """A running Dovecot. Skips where there is none."""
    dovecot = find_program("dovecot")
    if not dovecot:
        pytest.skip("Dovecot is not installed (Debian: dovecot-imapd)")
    user = pwd.getpwnam(SERVICE_USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with service_folder() as folder:
        server = ImapServer(free_port(), free_port(), folder / "mail")
        values = {"folder": folder, "port": server.port, "tls_port": server.tls_port, "certificate": certificate}
        group = grp.getgrgid(user.pw_gid).gr_name
        (folder / "conf").write_text(_DOVECOT.format(user=user.pw_name, group=group, **values))
        for part in ("new", "cur", "tmp"):
            (server.maildir / part).mkdir(parents=True)
        for path in (server.maildir, *server.maildir.iterdir()):
            shutil.chown(path, user.pw_uid, user.pw_gid)
        with subprocess.Popen([dovecot, "-F", "-c", str(folder / "conf")]) as process:
            try:
                _wait_for(server.tls_port, process)
                yield server
            finally:
                process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < end, "the server does not listen"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            # Only how often to look.
            time.sleep(0.05)
        else:
            return
