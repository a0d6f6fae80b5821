# make demo   install into .venv, learn masks from the boxes of the sample clip, say where they are
# make test   install what the tests need, run every check
# make check   only the checks of the sources;  make pytest  only the tests
# make clean  remove what both made
#
# ARGS=tests/metrics      what `make pytest` passes on
# PYTHON=python3.12       another interpreter
# TORCH_INDEX_URL=...     the package index to take torch from
# QT=pyqt6                the Qt binding to test with

PYTHON ?=
TORCH_INDEX_URL ?=
QT ?= pyside6
OUT ?= demo-out
export PYTHON TORCH_INDEX_URL

BIN = .venv/bin
INSTALL_INPUTS = pyproject.toml constraints.txt scripts/install.sh

# Qt and OpenGL, and a display to draw on.
DEBIAN_PACKAGES = libegl1 libgl1 libgl1-mesa-dri libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 \
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1 \
    libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libx11-xcb1 libglib2.0-0 xvfb xauth

.PHONY: demo test check pytest clean

demo: .venv/installed
	$(BIN)/mfvis demo --out $(OUT)

test: check pytest

check: .venv/installed-$(QT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npe2 validate --imports mfvis_napari/napari.yaml

PYTEST = $(BIN)/pytest $(ARGS)

# Without a display of its own, Linux draws on a virtual one.
pytest: .venv/installed-$(QT) .venv/debian-packages
	if [ "$$(uname -s)" = Linux ] && [ -z "$${DISPLAY:-}" ]; then \
	    xvfb-run -a -s "-screen 0 1600x1000x24" $(PYTEST); \
	else \
	    $(PYTEST); \
	fi

.venv/installed: $(INSTALL_INPUTS)
	sh scripts/install.sh .venv
	touch $@

.venv/installed-$(QT): $(INSTALL_INPUTS)
	sh scripts/install.sh .venv dev,$(QT)
	touch $@ .venv/installed

.venv/debian-packages: Makefile scripts/debian_packages.sh | .venv/installed-$(QT)
	sh scripts/debian_packages.sh $(DEBIAN_PACKAGES)
	touch $@

clean:
	rm -rf .venv demo-out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
