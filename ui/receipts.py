"""The tables of sources: measures, methods, spellings, and what this run stands on."""

import platform
from collections.abc import Mapping
from importlib.metadata import version

import pandas as pd
import streamlit as st
import torch

from contranorm import MEASURES, NORMS, VARIANTS
from models.digits import TWINS, card
from ui.packet import VERSION
from ui.settings import Settings
from ui.text import Words

PACKAGES = ("streamlit", "torch", "plotly", "transformers", "pandas", "scikit-learn")


def measures(words: Words) -> None:
    """Draw one row per measure: definition, both ends, source, trust."""
    st.header(words("measures"))
    st.markdown(words("tags"))
    columns = ("title", "equation", "unit", "low_end", "high_end", "source", "tag")
    st.table(_rows(MEASURES, columns))


def norms(words: Words) -> None:
    """Draw one row per method: what it takes, which laws it obeys, source, trust."""
    st.header(words("norms"))
    table = _rows(NORMS, ("title", "strength", "uses_temperature", "source", "tag"))
    laws = [", ".join(sorted(NORMS[name].laws)) for name in NORMS]
    table.insert(3, "laws", laws)
    st.table(table)


def variants(words: Words) -> None:
    """Draw one row per published spelling."""
    st.header(words("variants"))
    st.table(_rows(VARIANTS, ("title", "source", "tag", "note")))


def this_run(words: Words) -> None:
    """Draw the versions, device and seeds behind the numbers of this process."""
    st.header(words("run"))
    rows = {name: version(name) for name in PACKAGES}
    rows["Python"] = platform.python_version()
    rows["device"] = "cuda" if torch.cuda.is_available() else "cpu"
    rows["torch threads"] = str(torch.get_num_threads())
    rows["packet version"] = str(VERSION)
    rows["default seed of the lab encoder"] = str(Settings().seed)
    rows |= {f"sha256 of the digits network {name}": card(name).sha256 for name in TWINS}
    st.table(pd.DataFrame({"part": list(rows), "value": list(rows.values())}))


def _rows(table: Mapping[str, object], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {name.replace("_", " "): str(getattr(row, name)) for name in columns}
            for row in table.values()
        ]
    )
