"""What the image does when it runs: its files, its user, its commands, and no network at all."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, free_port
from tests.deploy.recipe import environment, health_check, instruction, picture_step, shipped_files

CI = os.environ.get("CI") == "true"
TOOLS = all(shutil.which(tool) for tool in ("unshare", "setpriv", "ip", "mount"))
ROOTLY = TOOLS and os.geteuid() == 0

# Runs inside: waits for the image's own health check, then asks for a picture of each model.
INSIDE = """
import json, os, subprocess, sys, time, urllib.error, urllib.request
from websockets.sync.client import connect
recall = "import sys; from ui import first_kept; print(first_kept.recall(), 'torch' in sys.modules)"
kept = subprocess.run([sys.executable, "-c", recall], capture_output=True, text=True).stdout.split()
server = subprocess.Popen(json.loads(os.environ["IMAGE_CMD"]))
check = json.loads(os.environ["IMAGE_CHECK"])
host = "127.0.0.1:" + os.environ["STREAMLIT_SERVER_PORT"]
try:
    for _ in range(240):
        healthy = subprocess.run(check, stderr=subprocess.DEVNULL).returncode == 0
        if healthy or server.poll() is not None:
            break
        time.sleep(0.5)
    page = urllib.request.urlopen(f"http://{host}/").read()
    first = urllib.request.urlopen(f"http://{host}/api/first").read()
    answers = {}
    with connect(f"ws://{host}/live", max_size=None) as live:
        for model in ("lab", "minilm", "digits"):
            live.send(json.dumps({"seq": 1, "page": "watch", "address": {"model": model}}))
            answers[model] = len(live.recv(60))
    try:
        open("app.py", "a")
        writable = True
    except OSError:
        writable = False
    try:
        urllib.request.urlopen("http://192.0.2.1/", timeout=2)
        network = True
    except OSError:
        network = False
    said = {"healthy": healthy, "page": len(page), "first": len(first), "kept": kept,
            "answers": answers, "user": os.getuid(), "writable": writable, "network": network}
    print("SAID " + json.dumps(said))
finally:
    server.terminate()
    server.wait(20)
"""


@pytest.fixture
def image():
    """The image's files in a folder that belongs to root, beside places for Python and packages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for inner in ("app", "python", "site-packages"):
            (folder / inner).mkdir()
        for file in shipped_files():
            copy = folder / "app" / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, copy)
        yield folder


def contained(folder, *command):
    """A command as the image's user, without network, with this Python where all can read it."""
    user = instruction("USER")
    inside = (
        f"ip link set lo up && mount --bind {sys.base_prefix} {folder}/python"
        f' && mount --bind {sysconfig.get_path("purelib")} {folder}/site-packages && exec "$@"'
    )
    as_user = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
    return ["unshare", "--net", "--mount", "sh", "-c", inside, "sh", *as_user, *command]


@pytest.mark.slow
@pytest.mark.skipif(not ROOTLY and not CI, reason="needs root, unshare, setpriv, ip and mount")
def test_the_app_runs_from_the_images_files_as_its_user_without_any_network(image):
    python = str(image / "python" / "bin" / f"python3.{sys.version_info.minor}")
    variables = environment() | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image / "site-packages"),
        "LD_LIBRARY_PATH": str(image / "python" / "lib"),
        "HOME": str(image / "app"),
        "STREAMLIT_SERVER_PORT": str(free_port()),
        "IMAGE_CMD": json.dumps([python, "-m", *json.loads(instruction("CMD"))]),
        "IMAGE_CHECK": json.dumps([python, *health_check()[1:]]),
    }
    subprocess.run(
        [sys.executable, "-c", picture_step()],
        cwd=image / "app",
        env=os.environ | environment() | {"CONTRANORM_RUNS": str(image / "app")},
        check=True,
    )
    run = subprocess.run(
        contained(image, python, "-c", INSIDE),
        cwd=image / "app",
        env=variables,
        capture_output=True,
        text=True,
        timeout=240,
    )
    lines = [line for line in run.stdout.splitlines() if line.startswith("SAID ")]
    assert lines, run.stdout + run.stderr
    said = json.loads(lines[0].removeprefix("SAID "))
    assert said["healthy"]
    assert said["page"] > 500
    assert said["first"] > 10_000
    assert said["kept"] == ["True", "False"]  # it was there, and torch was not needed
    assert all(length > 10_000 for length in said["answers"].values()), said["answers"]
    assert said["user"] == int(instruction("USER"))
    assert not said["writable"]
    assert not said["network"]
