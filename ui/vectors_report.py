"""What a diagnosis says, as tables and as the values of sentences."""

from collections.abc import Callable

import pandas as pd

from contranorm import MEASURES
from models.vectors.diagnosis import MEASURED, Diagnosis
from models.vectors.verdict import checks
from ui.closeup_words import shown
from ui.text import Words
from ui.vectors_settings import View


def measures_table(found: Diagnosis, words: Words) -> pd.DataFrame:
    """Give every measure of a cloud: as it is, about its mean, both ends, the unit."""
    rows = [MEASURES[name] for name in MEASURED]
    return pd.DataFrame(
        {
            words("column_measure"): [row.title for row in rows],
            words("column_raw"): [found.raw[row.name] for row in rows],
            words("column_centered"): [found.centered[row.name] for row in rows],
            words("column_unit"): [row.unit for row in rows],
            words("column_low"): [row.low_end for row in rows],
            words("column_high"): [row.high_end for row in rows],
        }
    )


def checks_table(found: Diagnosis, view: View, words: Words) -> pd.DataFrame:
    """Put each number of the verdict beside its threshold."""
    looked_at = checks(found.outline, view.thresholds)
    return pd.DataFrame(
        {
            words("column_question"): [words(f"check_{check.name}") for check in looked_at],
            words("column_number"): [check.value for check in looked_at],
            words("column_threshold"): [
                words(f"threshold_of_{check.name}", value=f"{check.threshold:g}")
                for check in looked_at
            ],
            words("column_met"): [words("yes" if check.met else "no") for check in looked_at],
        }
    )


def printed(words: Words) -> dict[str, Callable[[float], str]]:
    """Say how the numbers of both tables look: four digits."""
    return {words(f"column_{name}"): shown for name in ("raw", "centered", "number")}


def slots(found: Diagnosis) -> dict[str, str]:
    """Give the slots that the sentences of the verdict share."""
    outline = found.outline
    return {
        "rows": f"{found.rows:,}",
        "columns": f"{found.columns:,}",
        "spread": f"{100 * outline.spread:.3g}",
        "cosine": shown(outline.cosine),
        "rank": shown(outline.rank),
        "possible": str(outline.possible),
        "share": f"{100 * outline.rank / max(outline.possible, 1):.0f}",
        "first": f"{100 * _first_two(found):.0f}",
    }


def _first_two(found: Diagnosis) -> float:
    energy = found.sigma_centered**2
    return float(energy[:2].sum() / energy.sum()) if energy.sum() > 0 else 1.0
