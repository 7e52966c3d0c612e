"""The tables of sources: measures, methods, spellings, and what this run stands on."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from textwrap import wrap

import pandas as pd
import streamlit as st
import torch

from contranorm import MEASURES, NORMS, VARIANTS
from models.cards import SHIPPED, SHIPPED_DEPTHS, card
from ui.packet import VERSION
from ui.recipe import Recipe
from ui.settings import Settings
from ui.tables import text_table
from ui.text import Words

COLUMNS = {
    "measures": ("title", "equation", "unit", "low_end", "high_end", "source", "tag"),
    "norms": ("title", "strength", "uses_temperature", "source", "tag"),
    "variants": ("title", "source", "tag", "note"),
}
PACKAGES = ("streamlit", "torch", "plotly", "transformers", "pandas", "scikit-learn")


def measures(words: Words) -> None:
    """Draw one row per measure: definition, both ends, source, trust."""
    st.header(words("measures"))
    st.markdown(words("tags"))
    rows = _rows(MEASURES, COLUMNS["measures"], words)
    text_table(rows, "receipts-measures", words("measures"))


def norms(words: Words) -> None:
    """Draw one row per method: what it takes, which laws it obeys, source, trust."""
    st.header(words("norms"))
    rows = _rows(NORMS, COLUMNS["norms"], words)
    rows.insert(3, words("column_laws"), [", ".join(sorted(NORMS[name].laws)) for name in NORMS])
    text_table(rows, "receipts-norms", words("norms"))


def variants(words: Words) -> None:
    """Draw one row per published spelling."""
    st.header(words("variants"))
    text_table(_rows(VARIANTS, COLUMNS["variants"], words), "receipts-variants", words("variants"))


def this_run(words: Words) -> None:
    """Draw the versions, device and seeds behind the numbers of this process."""
    st.header(words("run"))
    rows = {name: version(name) for name in PACKAGES}
    rows[words("python")] = platform.python_version()
    rows[words("device")] = "cuda" if torch.cuda.is_available() else "cpu"
    rows[words("threads")] = str(torch.get_num_threads())
    rows[words("packet_version")] = str(VERSION)
    rows[words("default_seed")] = str(Settings().seed)
    rows |= {
        words("sha256_of", name=f"{task}, {name}-{depth}"): " ".join(
            wrap(card(name, depth=depth, task=task).sha256, 16)  # a long word fits no phone
        )
        for task, depths in SHIPPED_DEPTHS.items()
        for depth in depths
        for name in SHIPPED
    }
    columns = {words("column_part"): list(rows), words("column_value"): list(rows.values())}
    text_table(pd.DataFrame(columns), "receipts-run", words("run"))


def recipe() -> Recipe:
    """Say what the page's program is written from."""
    return Recipe("receipts", COLUMNS)


def _rows(of: Mapping[str, object], columns: tuple[str, ...], words: Words) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {words(f"column_{name}"): str(getattr(row, name)) for name in columns}
            for row in of.values()
        ]
    )
