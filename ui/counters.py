"""What the server counts about itself, for whoever runs it; nothing about any visitor."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from ui import memory

REGISTRY = CollectorRegistry()
COMPUTATIONS = Counter("contranorm_computations", "Scenes computed", registry=REGISTRY)
QUESTIONS = Counter("contranorm_questions", "Scenes asked for, by either way", registry=REGISTRY)
REFUSALS = Counter(
    "contranorm_refusals", "Live questions that were not answered", registry=REGISTRY
)
SHEDDINGS = Counter(
    "contranorm_cache_sheddings", "Times the caches were emptied", registry=REGISTRY
)
WAITING = Gauge("contranorm_waiting", "Computations that wait or run", registry=REGISTRY)
JOBS = Counter(
    "contranorm_jobs", "Jobs in another process, by how they ended", ["end"], registry=REGISTRY
)
CONNECTIONS = Gauge("contranorm_live_connections", "Live connections", registry=REGISTRY)
KEPT = Gauge("contranorm_kept_bytes", "Answers kept for others, and their parts", registry=REGISTRY)
RESIDENT = Gauge("contranorm_resident_bytes", "Memory this process holds", registry=REGISTRY)
SECONDS = Histogram(
    "contranorm_answer_seconds",
    "From a question to its scene, waiting included",
    buckets=(0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0),
    registry=REGISTRY,
)
RESIDENT.set_function(lambda: 1e6 * memory.resident())
MEDIA_TYPE = CONTENT_TYPE_LATEST


@contextmanager
def answering() -> Iterator[None]:
    """Count one question and how long its answer takes."""
    started = perf_counter()
    QUESTIONS.inc()
    with WAITING.track_inprogress():
        yield
    SECONDS.observe(perf_counter() - started)


def connected() -> int:
    """Return how many live connections there are now."""
    return int(CONNECTIONS._value.get())


def exposition() -> bytes:
    """Return every count in OpenMetrics form; cache hits are questions less computations."""
    return bytes(generate_latest(REGISTRY))
