"""Numbers as they are printed, and the words that say which way they went."""


def shown(value: float) -> str:
    """Give a number as it is printed, to four digits; a rounding error is printed as 0.

    >>> shown(1.23456), shown(-1e-17)
    ('1.235', '0')
    """
    return "0" if abs(value) < 1e-9 else f"{value:.4g}"


def direction(before: float, after: float) -> str:
    """Name the way a number went, as far as its printed digits show it.

    >>> direction(1.0, 2.0), direction(2.0, 1.0), direction(1.0, 1.00001)
    ('rose', 'fell', 'same')
    """
    left, right = shown(before), shown(after)
    if left == right:
        return "same"
    return "rose" if float(right) > float(left) else "fell"


def outcome(before: float, after: float) -> dict[str, str]:
    """Give both numbers as printed, and the name of the word for the way from one to the other.

    >>> outcome(1.0, 2.0)
    {'before': '1', 'after': '2', 'went': 'rose'}
    """
    return {"before": shown(before), "after": shown(after), "went": direction(before, after)}
