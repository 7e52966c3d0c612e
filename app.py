"""The launcher: `streamlit run app.py` serves ui/main.py, warmed up, with routes of its own."""

from streamlit.web.server.starlette import App

from ui.serving import middleware, routes
from ui.warm import lifespan

app = App("ui/main.py", lifespan=lifespan, routes=routes(), middleware=middleware())
