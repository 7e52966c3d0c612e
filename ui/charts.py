"""A chart with its words, its numbers and its CSV: the one place that knows the chart widget."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui.text import words

PICTURE_BUTTONS = {"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}}


def chart(figure: go.Figure, *, key: str, alt: str, table: pd.DataFrame) -> None:
    """Draw a figure, and put its numbers and their CSV one click away.

    Args:
        figure: What to draw.
        key: Unique on the page, stable between runs.
        alt: The figure in words, for those who do not see it.
        table: The numbers that are drawn.
    """
    shared = words("shared")
    st.plotly_chart(figure, key=key, alt=alt, config=PICTURE_BUTTONS)
    with st.expander(shared("numbers")):
        st.dataframe(table, hide_index=True, alt=shared("table_alt", alt=alt))
        st.download_button(
            shared("csv"),
            table.to_csv(index=False).encode(),
            file_name=f"contranorm-{key}.csv",
            mime="text/csv",
            key=f"{key}_csv",
        )
