"""Memory that really fills, in a process of its own with a low ceiling."""

import json
import os
import subprocess
import sys

import pytest

FILLING = """
import json
import numpy as np
from ui import counters, memory
from ui.compute import cached
start, highest = memory.resident(), 0.0

def made(number):
    return np.full(250_000, float(number))  # 2 MB

right = True
for number in range(150):
    right = right and cached(made, number)[-1] == number
    highest = max(highest, memory.resident())
print(json.dumps({"start": start, "highest": highest, "right": bool(right),
                  "sheddings": counters.SHEDDINGS._value.get(), "end": memory.resident()}))
"""


def filled(ceiling):
    """Compute 300 MB of answers that may all be kept; return what was seen."""
    limits = {"CONTRANORM_CACHE": "2000", "CONTRANORM_MEMORY": str(ceiling)}
    run = subprocess.run(
        [sys.executable, "-c", FILLING],
        env=os.environ | limits,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_past_the_ceiling_kept_answers_go_and_answers_stay_right():
    free = filled(100_000)
    assert free["sheddings"] == 0
    assert free["end"] - free["start"] > 280
    ceiling = int(free["start"]) + 100
    tight = filled(ceiling)
    assert tight["right"]
    assert tight["highest"] < ceiling + 10
    assert 2 <= tight["sheddings"] <= 10
