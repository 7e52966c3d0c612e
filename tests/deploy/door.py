"""The shipped nginx configuration before replicas on this machine."""

import os
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx.conf"
LOG = "'$cookie_lab_visitor|$upstream_addr|$status|$uri'"
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def configuration(folder, port, replicas):
    """The shipped file with this machine's ports, a log of who was served by whom, own folders."""
    server = "server lab:7860 max_fails=1 fail_timeout=5s;"
    here = [server.replace("lab:7860", f"127.0.0.1:{replica}") for replica in replicas]
    own = "".join(f" {kind}_temp_path {folder}/{kind};" for kind in KINDS)
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        ("http {", f"http {{{own} log_format served {LOG};"),
        ("access_log off;", f"access_log {folder}/served.log served;"),
        (server, "\n".join(here)),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@contextmanager
def opened_door(folder, port, replicas):
    """Run nginx until the end, and give the path of its log."""
    written = folder / "nginx.conf"
    written.write_text(configuration(folder, port, replicas), encoding="utf-8")
    process = subprocess.Popen(
        [NGINX, "-p", folder, "-c", written, "-g", f"daemon off; pid {folder}/pid;"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )
    try:
        wait_until(lambda: process.poll() is not None or body(f"http://127.0.0.1:{port}/api/ready"))
        assert process.poll() is None, "nginx stopped while starting"
        yield folder / "served.log"
    finally:
        process.terminate()
        process.wait(10)


def body(url):
    """What an address answers, or nothing while it does not."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def wait_until(true, seconds=60.0):
    """Wait for a condition, and return how long it took."""
    start = time.perf_counter()
    while not true():
        assert time.perf_counter() - start < seconds, "waited in vain"
        time.sleep(0.05)
    return time.perf_counter() - start
