"""Work of the page of vectors that takes a while: a job, what it is about, what came of it."""

from dataclasses import dataclass

from models.vectors.diagnosis import Diagnosis
from ui.jobs import Job


@dataclass(frozen=True, eq=False)
class Work:
    """A job of this page, and what it is about: equal `about` means the same work."""

    about: tuple[object, ...]
    job: Job | None
    result: tuple[bytes, Diagnosis] | None = None

    def file(self) -> tuple[bytes, Diagnosis] | None:
        """Give the normed file and its measures; None without a result.

        What came from another process is copied into bytes once.
        """
        if self.job is None or self.job.result is None:
            return self.result
        data, found = self.job.result
        if not isinstance(data, bytes):
            self.job.result = (bytes(data), found)
        whole: tuple[bytes, Diagnosis] = self.job.result
        return whole
