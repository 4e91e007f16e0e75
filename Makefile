PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# compiles the kernels, which later calls find cached: otherwise the first one takes half a minute more
SMALL := configs/mnist_mlp_rram.yaml --set evaluation.images=2 --set evaluation.samples=2

RATIOS := benchmarks/results/ratios.json

# The index of torch without CUDA (4 GB less), where no GPU of NVIDIA is and that index can be reached; macOS has no CUDA.
TORCH_CPU := https://download.pytorch.org/whl/cpu
WITHOUT_CUDA = $$([ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi > /dev/null \
	&& $(PYTHON) -c "import urllib.request as r; r.urlopen('$(TORCH_CPU)/torch/', timeout=5)" 2> /dev/null \
	&& echo --extra-index-url $(TORCH_CPU))

.PHONY: demo test test-slow test-package lint reference docs check-links bench bench-compare bench-record clean

demo: $(STAMP)
	$(BIN)/crossbar-nsm demo --out out/demo

test: $(STAMP) lint
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m "slow and not package"

test-package: $(STAMP)
	$(BIN)/python -m pytest tests/package

reference: $(STAMP)
	$(BIN)/python -m docs.generate

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
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(WITHOUT_CUDA) --editable ".[dev]"
	$(BIN)/crossbar-nsm compare $(SMALL) > /dev/null
	$(BIN)/crossbar-nsm compare --hardware-only $(SMALL) --set read.engine=device > /dev/null
	touch $(STAMP)

clean:
	rm -rf .venv out build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
