"""Hooks that act only for whoever installed them, on a model that several threads share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

Arguments = tuple[tuple[Any, ...], dict[str, Any]]

_active: ContextVar[frozenset[object]] = ContextVar("active_hooks", default=frozenset())
_registering = Lock()  # PyTorch numbers hooks with a counter that two threads can read alike


class Hooks:
    """A set of hooks with one key; they sleep wherever the key is not held."""

    def __init__(self) -> None:
        """Start with no hooks."""
        self.key = object()
        self._handles: list[RemovableHandle] = []

    def before(
        self,
        module: nn.Module,
        act: Callable[[tuple[Any, ...], dict[str, Any]], Arguments | None],
        *,
        first: bool = False,
    ) -> None:
        """Call `act(args, kwargs)` before the module runs; it may return replacements.

        With `first`, before the hooks that are already there.
        """

        # kwargs may be absent: another thread can be half-way through registering or removing
        # a hook, and PyTorch notes "wants keyword arguments" in a second step.
        def hook(_: nn.Module, args: tuple[Any, ...], kwargs: Any = None) -> Arguments | None:
            return act(args, kwargs) if self.key in _active.get() else None

        with _registering:
            handle = module.register_forward_pre_hook(hook, with_kwargs=True, prepend=first)
            self._handles.append(handle)

    def after(self, module: nn.Module, act: Callable[[Any], Any], *, first: bool = False) -> None:
        """Call `act(output)` after the module ran; what it returns, unless None, replaces it.

        With `first`, before the hooks that are already there.
        """

        def hook(_: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
            return act(output) if self.key in _active.get() else None

        with _registering:
            self._handles.append(module.register_forward_hook(hook, prepend=first))

    def remove(self) -> None:
        """Take every hook of this set away again."""
        with _registering:
            while self._handles:
                self._handles.pop().remove()


@contextmanager
def private_hooks() -> Iterator[Hooks]:
    """Give a set of hooks that act in this thread (or task) only, and remove it at the end."""
    hooks = Hooks()
    token = _active.set(_active.get() | {hooks.key})
    try:
        yield hooks
    finally:
        hooks.remove()
        _active.reset(token)


def first_argument(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """Give the hidden states that a layer is called with."""
    return args[0] if args else kwargs["hidden_states"]


def first_tensor(output: Any) -> Tensor:
    """Give the hidden states of a layer that returns them alone or in front of a tuple."""
    return output[0] if isinstance(output, tuple) else output
