# Two commands matter: `make app` opens the lab, `make test` checks it. README.md gives the same without make.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
TORCH_WHEELS := https://download.pytorch.org/whl/cpu

.PHONY: app test test-slow lint check bench load twins table clean

# Step 1: torch alone, CPU build. Step 2: everything else under the pinned set. See docs/decisions/0001.
$(VENV)/.torch: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --retries 0 --timeout 15 --no-deps --extra-index-url $(TORCH_WHEELS) "torch>=2.4,<2.14"
	touch $@

$(VENV)/.app: $(VENV)/.torch requirements.txt constraints.txt
	$(BIN)/pip install -r requirements.txt -c constraints.txt
	touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(BIN)/pip install -r requirements-dev.txt -c constraints.txt
	touch $@

app: $(VENV)/.app
	@echo "ContraNorm Lab: http://localhost:$(PORT)"
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.live

load: $(VENV)/.dev
	$(BIN)/python -m benchmarks.load

twins: $(VENV)/.app
	$(BIN)/python -m training.twins

table: $(VENV)/.app
	$(BIN)/python -m training.sweep training/sweeps/depths.yaml

clean:
	rm -rf $(VENV)
