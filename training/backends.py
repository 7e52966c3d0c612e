"""Where a sweep's runs are trained: joblib's own processes, or a Dask or Ray cluster."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from joblib import parallel_config

from training.config import ConfigError

BACKENDS = ("loky", "dask", "ray")
ADDRESS = "CONTRANORM_CLUSTER"  # of a Dask or Ray cluster that runs already
ENDING = 30.0  # seconds a pool's threads are given to see that their workers are gone


@contextmanager
def running_on(backend: str, workers: int) -> Iterator[None]:
    """Let joblib use this backend; make a local cluster of `workers` unless one is named.

    Args:
        backend: One of `BACKENDS`.
        workers: How many processes, where the cluster is made here.

    Raises:
        ConfigError: If the backend's package is not installed.
    """
    made: Any = {"loky": _loky, "dask": _dask, "ray": _ray}[backend]
    with made(workers), parallel_config(backend=backend, n_jobs=workers):
        yield


@contextmanager
def _loky(workers: int) -> Iterator[None]:
    yield


@contextmanager
def _dask(workers: int) -> Iterator[None]:
    distributed = _installed("distributed", "dask")
    address = os.environ.get(ADDRESS)
    if address:
        with distributed.Client(address):
            yield
        return
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield


@contextmanager
def _ray(workers: int) -> Iterator[None]:
    ray = _installed("ray", "ray")
    joblib_of_ray = _installed("ray.util.joblib", "ray")
    address = os.environ.get(ADDRESS)
    own = {} if address else {"num_cpus": workers, "include_dashboard": False}
    ray.init(address=address, log_to_driver=False, ignore_reinit_error=True, **own)
    joblib_of_ray.register_ray()
    try:
        yield
    finally:
        # A pool that lost a worker leaves threads that ask for results, and one that asks after
        # the shutdown makes Ray start a second cluster; two that start at once end this process.
        collecting = import_module("ray.util.multiprocessing.pool").ResultThread
        until = time.monotonic() + ENDING
        for thread in threading.enumerate():
            if isinstance(thread, collecting):
                thread.join(max(0.0, until - time.monotonic()))
        ray.shutdown()


def _installed(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as reason:
        raise ConfigError(
            f"the backend {extra} needs its package: pip install 'contranorm-lab[{extra}]'"
        ) from reason


def end_workers() -> None:
    """End joblib's own worker processes, and wait until they are gone.

    When one is lost, the others may still be training; a second round must not write into a
    folder that one of them is writing into.
    """
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor(kill_workers=True).shutdown(wait=True, kill_workers=True)
