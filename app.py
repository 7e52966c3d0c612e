"""The launcher: `streamlit run app.py` serves ui/main.py, warmed up first."""

from streamlit.web.server.starlette import App

from ui.warm import lifespan

app = App("ui/main.py", lifespan=lifespan)
