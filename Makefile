PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# compiles the kernels, which later calls find cached: otherwise the first one takes half a minute more
SMALL := configs/mnist_mlp_rram.yaml --set evaluation.images=2 --set evaluation.samples=2

RATIOS := benchmarks/results/ratios.json

.PHONY: demo test test-slow lint docs check-links bench bench-compare bench-record clean

demo: $(STAMP)
	$(BIN)/crossbar-nsm demo --out out/demo

test: $(STAMP) lint
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMP)
	$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env --quiet --jobs auto docs out/docs
	@echo "open out/docs/index.html"

check-links: $(STAMP)  # of other sites, which needs a network
	$(BIN)/sphinx-build --builder linkcheck --define nb_execution_mode=off --quiet docs out/links

bench: $(STAMP)
	$(BIN)/python -m benchmarks --json out/bench/bench.json --figures out/bench

bench-compare: $(STAMP)
	$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-columns=min,median,max \
		--benchmark-compare=$(RATIOS) --benchmark-compare-fail=median:50%

bench-record: $(STAMP)
	mkdir -p $(dir $(RATIOS))
	$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-columns=min,median,max --benchmark-json=$(RATIOS)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	$(BIN)/crossbar-nsm compare $(SMALL) > /dev/null
	$(BIN)/crossbar-nsm compare --hardware-only $(SMALL) --set read.engine=device > /dev/null
	touch $(STAMP)

clean:
	rm -rf .venv out build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
