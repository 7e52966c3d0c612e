"""What one server lets its visitors use, by environment variable; for a laptop or a public host."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One limit: its variable, its default, the largest value it may have, and its meaning."""

    variable: str
    default: int
    most: int
    meaning: str


LIMITS = {
    "text": Limit("CONTRANORM_TEXT", 20_000, 1_000_000, "characters of a text that are read"),
    "tokens": Limit("CONTRANORM_TOKENS", 64, 256, "words of one text that the lab encoder takes"),
    "pieces": Limit("CONTRANORM_PIECES", 128, 512, "word pieces of one text for a real model"),
    "depth": Limit("CONTRANORM_DEPTH", 48, 48, "layers of the lab encoder"),
    "question": Limit("CONTRANORM_QUESTION", 64_000, 1_000_000, "characters of a live question"),
    "connections": Limit("CONTRANORM_CONNECTIONS", 400, 10_000, "live connections in all"),
    "per_visitor": Limit(
        "CONTRANORM_PER_VISITOR",
        150,
        10_000,
        "live connections from one address (a school may have one for all)",
    ),
    "computing": Limit(
        "CONTRANORM_COMPUTING",
        2,
        64,
        "computations at the same time, and at least one for each process",
    ),
    "processes": Limit(
        "CONTRANORM_PROCESSES", 2, 64, "processes that compute, the serving one included"
    ),
    "waiting": Limit("CONTRANORM_WAITING", 200, 10_000, "computations that wait for their turn"),
    "cache": Limit(
        "CONTRANORM_CACHE", 64, 100_000, "MB of answers kept for others, and of drawn weights"
    ),
    "memory": Limit(
        "CONTRANORM_MEMORY", 1500, 1_000_000, "MB of memory from which on caches are emptied"
    ),
    "upload": Limit("CONTRANORM_UPLOAD", 500, 4_000, "MB of one uploaded file"),
    "uploads": Limit(
        "CONTRANORM_UPLOADS", 2000, 1_000_000, "MB that all visitors' uploads may hold together"
    ),
    "rows": Limit("CONTRANORM_ROWS", 20_000, 1_000_000, "rows of uploaded vectors"),
    "columns": Limit("CONTRANORM_COLUMNS", 2048, 16_384, "columns of uploaded vectors"),
    "pasted": Limit("CONTRANORM_PASTED", 1_000_000, 10_000_000, "characters of pasted vectors"),
    "jobs": Limit("CONTRANORM_JOBS", 2, 64, "long jobs at the same time, each in a process"),
    "jobs_waiting": Limit("CONTRANORM_JOBS_WAITING", 20, 10_000, "long jobs that wait"),
    "job_seconds": Limit("CONTRANORM_JOB_SECONDS", 300, 86_400, "seconds a long job may run"),
    "parameters": Limit(
        "CONTRANORM_PARAMETERS", 400, 100_000, "million parameters of a model from elsewhere"
    ),
    "model_memory": Limit(
        "CONTRANORM_MODEL_MEMORY", 2000, 1_000_000, "MB of memory of a model from elsewhere"
    ),
    "job_memory": Limit("CONTRANORM_JOB_MEMORY", 4000, 1_000_000, "MB a long job may hold"),
    "train_steps": Limit(
        "CONTRANORM_TRAIN_STEPS",
        3000,
        1_000_000,
        "training steps that are begun at once",
    ),
    "train_seconds": Limit(
        "CONTRANORM_TRAIN_SECONDS", 900, 86_400, "seconds that training may take at a time"
    ),
    "runs": Limit("CONTRANORM_RUNS_KEPT", 60, 100_000, "sets of training runs that are kept"),
    "runs_size": Limit(
        "CONTRANORM_RUNS_SIZE", 2000, 1_000_000, "MB of training runs that are kept"
    ),
}

HOST = "CONTRANORM_HOST"  # "public" chooses the defaults below, where they differ
PUBLIC = {
    "text": 5_000,
    "question": 20_000,
    "connections": 300,
    "per_visitor": 60,
    "waiting": 60,
    "upload": 50,
    "uploads": 300,
    "rows": 5_000,
    "columns": 1_024,
    "pasted": 200_000,
    "jobs_waiting": 10,
    "job_seconds": 60,
    "job_memory": 1_000,
    "train_steps": 1_000,
    "train_seconds": 300,
    "runs": 30,
    "runs_size": 500,
}


def limit(name: str, environment: Mapping[str, str] = os.environ) -> int:
    """Return a limit as it was set, or its default if the variable holds no usable number.

    The default is a laptop's, or a public host's where CONTRANORM_HOST says so.

    >>> limit("computing", {"CONTRANORM_COMPUTING": "4"}), limit("computing", {})
    (4, 2)
    """
    row = LIMITS[name]
    public = environment.get(HOST) == "public"
    default = PUBLIC.get(name, row.default) if public else row.default
    try:
        asked = int(environment.get(row.variable, ""))
    except ValueError:
        return default
    return min(max(1, asked), row.most)
