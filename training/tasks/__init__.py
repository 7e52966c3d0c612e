"""Every task, one file each, in one table."""

from collections.abc import Mapping
from types import MappingProxyType

from training.task import Task
from training.tasks import agreement, digits, masked_words

TASKS: Mapping[str, Task] = MappingProxyType(
    {row.name: row for row in (digits.TASK, agreement.TASK, masked_words.TASK)}
)
