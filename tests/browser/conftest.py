import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items):
    missing = CHROMIUM is None and os.environ.get("CI") != "true"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Two browsers that draw in software share two cores: one more try, and pytest says so.
            item.add_marker(pytest.mark.flaky(reruns=1))
            if missing:
                reason = "no Chromium on this machine; install the package chromium"
                item.add_marker(pytest.mark.skip(reason=reason))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(port, **environment):
    """Start the app on a port and wait until it answers."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    server = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    prefix = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    health = "/".join(filter(None, [f"http://localhost:{port}", prefix, "_stcore/health"]))
    for _ in range(240):
        try:
            with urllib.request.urlopen(health):
                return server
        except OSError:
            assert server.poll() is None, "the app stopped while starting"
            time.sleep(0.5)
    raise AssertionError("the app did not start in two minutes")


@contextmanager
def running(**environment):
    port = free_port()
    server = started(port, **environment)
    try:
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def address():
    with running() as url:
        yield url


@pytest.fixture(scope="session")
def without_websocket():
    """The same app where only script reruns answer."""
    with running(CONTRANORM_LIVE="reruns") as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def visitors_leave(request):
    """Close every page a test opened, so that those of later tests have the machine."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()
