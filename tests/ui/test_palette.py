"""Every norm and every method is drawn in its own way, never by colour alone."""

import pytest

from contranorm import NORMS
from models.methods import METHODS
from ui.figures.palette import STYLES, style


@pytest.mark.parametrize("name", [*NORMS, *METHODS])
def test_every_norm_and_method_has_a_style(name):
    assert style(name).title


def test_no_two_share_a_colour_or_a_symbol():
    assert len({look.colour for look in STYLES.values()}) == len(STYLES)
    assert len({look.symbol for look in STYLES.values()}) == len(STYLES)
