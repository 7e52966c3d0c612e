import pytest
from joblib import Parallel

from training import backends
from training.backends import running_on
from training.config import ConfigError


def test_the_local_processes_are_as_many_as_asked_for():
    with running_on("loky", 3):
        assert Parallel().n_jobs == 3


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_backend_that_is_not_installed_is_a_sentence(backend, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(backends, "import_module", missing)
    expected = rf"the backend {backend} needs its package: pip install 'contranorm-lab\[{backend}"
    with pytest.raises(ConfigError, match=expected), running_on(backend, 2):
        pass
