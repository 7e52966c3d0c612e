"""The launcher: `streamlit run app.py` serves ui/main.py, warmed up first, and the live route."""

from streamlit.web.server.starlette import App

from ui.sources import SOURCES
from ui.stream import live_route
from ui.warm import lifespan

app = App("ui/main.py", lifespan=lifespan, routes=[live_route(SOURCES)])
