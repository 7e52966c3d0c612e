"""Mounting the part that copies a page's link; its browser side is ui/static/share."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from ui.components.live import static_version

# The one site whose address bar follows when it shows the lab in a frame.
PARENT = os.environ.get("CONTRANORM_PARENT", "https://huggingface.co")


def share(texts: Mapping[str, str], *, said: str = "") -> None:
    """Mount the button.

    Args:
        texts: What it says.
        said: What has just happened, to be shown beside it and spoken.
    """
    _component()(data={"texts": dict(texts), "said": said, "parent": PARENT}, key="share")


@cache
def _component() -> Any:
    boot = (
        "export default async component => {\n"
        f"  const path = 'app/static/share/share.js?v={static_version()}';\n"
        "  const url = new URL(path, document.baseURI);\n"
        "  return (await import(url.href)).default(component);\n"
        "}\n"
    )
    return st.components.v2.component("contranorm_share", js=boot, isolate_styles=False)
