"""What every function here asks of its arguments, and the sentence it says when it is not so."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def require_tokens(h: object) -> None:
    """Refuse anything that is not a floating-point tensor with the axes (*batch, n, d).

    Raises:
        TypeError: For something that is not a floating-point tensor.
        ValueError: For a tensor with fewer than two axes, or without tokens or features.

    >>> require_tokens(torch.ones(3))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: tokens must have the axes (*batch, n, d) with at least one token ... (3,)
    """
    if not isinstance(h, Tensor):
        raise TypeError(f"tokens must be a torch.Tensor; got {type(h).__name__}")
    if not h.is_floating_point():
        raise TypeError(f"tokens must be real floating-point numbers; got {h.dtype}")
    if h.dim() < 2 or 0 in h.shape[-2:]:
        raise ValueError(
            "tokens must have the axes (*batch, n, d) with at least one token and one feature; "
            f"got shape {tuple(h.shape)}"
        )


def require_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Refuse a name that is not one of the choices.

    Raises:
        ValueError: For an unknown name.

    >>> require_choice("form", "dual", ("residual", "plain"))
    Traceback (most recent call last):
    ValueError: form must be one of 'residual', 'plain'; got 'dual'
    """
    if not isinstance(value, str) or value not in choices:
        allowed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {allowed}; got {value!r}")


def checked_scale(scale: object, h: Tensor) -> float | Tensor:
    """Give the strength as a finite float, or as a tensor of h's dtype that broadcasts with h.

    Args:
        scale: A number, or a tensor such as `(d,)` per channel or `(*batch, 1, 1)` per item.
        h: The tokens it multiplies.

    Raises:
        TypeError: For something that is neither a number nor a tensor of numbers.
        ValueError: For a value that is not finite (a tensor's values are looked at on the CPU
            only), or a shape that does not fit.

    >>> checked_scale(2, torch.ones(3, 4))
    2.0
    """
    if isinstance(scale, Tensor):
        _require_numeric("scale", scale)
        if not _fits(scale.shape, h.shape):
            raise ValueError(
                f"a scale tensor must broadcast with the tokens {tuple(h.shape)}, such as (d,) "
                f"per channel or (*batch, 1, 1) per item; got shape {tuple(scale.shape)}"
            )
        if scale.device.type == "cpu" and not bool(torch.isfinite(scale.detach()).all()):
            raise ValueError("scale must be finite; got a tensor with NaN or infinity in it")
        return scale.to(device=h.device, dtype=h.dtype)
    value = _number("scale", scale)
    if not math.isfinite(value):
        raise ValueError(f"scale must be a finite number; got {value}")
    return value


def checked_temperature(temperature: object, h: Tensor) -> float | Tensor:
    """Give the temperature as a positive float (infinity is allowed) or a tensor per item.

    Args:
        temperature: A number, a tensor without axes, or one of shape `(*batch, 1, 1)`.
        h: The tokens whose similarities it divides.

    Raises:
        TypeError: For something that is neither a number nor a tensor of numbers.
        ValueError: For a value that is not positive, or too small for h's dtype to divide by
            (a tensor's values are looked at on the CPU only), or a shape that does not fit.

    >>> checked_temperature(0.0, torch.ones(3, 4))
    Traceback (most recent call last):
    ValueError: temperature must be positive, at least 1.2e-38 in torch.float32; got 0.0
    """
    tiny = torch.finfo(h.dtype).tiny
    rule = f"temperature must be positive, at least {tiny:.2g} in {h.dtype}"
    if isinstance(temperature, Tensor):
        _require_numeric("temperature", temperature)
        per_item = temperature.shape[-2:] == (1, 1) and _fits(temperature.shape, h.shape)
        if temperature.dim() and not per_item:
            raise ValueError(
                "a temperature tensor must have no axes, or be (*batch, 1, 1) for tokens "
                f"{tuple(h.shape)}; got shape {tuple(temperature.shape)}"
            )
        if temperature.device.type == "cpu" and not bool((temperature.detach() >= tiny).all()):
            raise ValueError(f"{rule}; got a tensor with a smaller value or NaN in it")
        return temperature.to(device=h.device, dtype=h.dtype)
    value = _number("temperature", temperature)
    if not value >= tiny:
        raise ValueError(f"{rule}; got {value}")
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise TypeError(f"{name} must be a number or a torch.Tensor; got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must fit into a float; got an integer too large") from None


def _require_numeric(name: str, value: Tensor) -> None:
    if value.dtype == torch.bool or value.is_complex():
        raise TypeError(f"a {name} tensor must hold real numbers; got {value.dtype}")


def _fits(shape: torch.Size, target: torch.Size) -> bool:
    """Say whether a shape broadcasts to the target without making it larger."""
    try:
        return torch.broadcast_shapes(shape, target) == target
    except RuntimeError:
        return False
