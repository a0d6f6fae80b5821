# make demo   install into .venv, learn masks from the boxes of the sample clip, say where they are
# make test   install what the tests need, run every check
# make check   only the checks of the sources;  make pytest  only the tests
# make docs   build the site of the documentation in site/;  make screenshots  take its pictures again
# make clean  remove what these made
#
# ARGS=tests/metrics      what `make pytest` passes on
# PROCESSES=0             how many processes share the tests; by default two, and one where ARGS names some
# PYTHON=python3.12       another interpreter
# TORCH_INDEX_URL=...     the package index to take torch from
# QT=pyqt6                the Qt binding to test with; `make test` tests what meets Qt with the other one, too

PYTHON ?=
TORCH_INDEX_URL ?=
QT ?= pyside6
OTHER_QT = $(if $(filter pyqt6,$(QT)),pyside6,pyqt6)
OTHER_QT_PACKAGE = $(if $(filter pyqt6,$(QT)),pyside6-essentials,pyqt6)
OUT ?= demo-out
export PYTHON TORCH_INDEX_URL

BIN = .venv/bin
INSTALL_INPUTS = pyproject.toml constraints.txt scripts/install.sh

# Qt and OpenGL, and a display to draw on.
DEBIAN_PACKAGES = libegl1 libgl1 libgl1-mesa-dri libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 \
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1 \
    libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libx11-xcb1 libglib2.0-0 xvfb xauth

.PHONY: demo test check pytest other-binding docs screenshots clean

demo: .venv/installed
	$(BIN)/mfvis demo --out $(OUT)

test: check pytest other-binding

check: .venv/installed-$(QT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npe2 validate --imports mfvis_napari/napari.yaml

PROCESSES = $(if $(ARGS),0,2)
PYTEST = $(BIN)/pytest -n $(PROCESSES) $(ARGS)

docs: .venv/installed-docs
	$(BIN)/mkdocs build --strict

# On a display of a fixed size, so that the pictures are of one size wherever they are taken.
screenshots: .venv/installed-$(QT) .venv/debian-packages
	$(XVFB) $(BIN)/python -m scripts.docs_screenshots

# Without a display of its own, Linux draws on a virtual one.
XVFB = xvfb-run -a -s "-screen 0 1600x1000x24"
DRAWN = $(if $(DISPLAY),,$(if $(filter Linux,$(shell uname -s)),$(XVFB)))

pytest: .venv/installed-$(QT) .venv/debian-packages
	$(DRAWN) $(PYTEST)

# Beside the environment, where nothing else finds it: qtpy, pytest-qt and mypy would each choose one of two.
other-binding: .venv/other-$(OTHER_QT) .venv/debian-packages
	QT_API=$(OTHER_QT) PYTEST_QT_API=$(OTHER_QT) PYTHONPATH=$(CURDIR)/$< $(DRAWN) $(BIN)/pytest -m both_bindings tests/gui

.venv/other-$(OTHER_QT): $(INSTALL_INPUTS) | .venv/installed-$(QT)
	$(BIN)/python -m pip install --quiet --upgrade --target $@ --constraint constraints.txt $(OTHER_QT_PACKAGE)
	touch $@

.venv/installed: $(INSTALL_INPUTS)
	sh scripts/install.sh .venv
	touch $@

.venv/installed-$(QT): $(INSTALL_INPUTS)
	sh scripts/install.sh .venv dev,$(QT)
	touch $@ .venv/installed

.venv/installed-docs: $(INSTALL_INPUTS)
	sh scripts/install.sh .venv docs
	touch $@ .venv/installed

.venv/debian-packages: Makefile scripts/debian_packages.sh | .venv/installed-$(QT)
	sh scripts/debian_packages.sh $(DEBIAN_PACKAGES)
	touch $@

clean:
	rm -rf .venv demo-out site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
