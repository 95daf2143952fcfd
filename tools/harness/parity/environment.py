"""The Python that a comparison runs in: its own virtual environment with pinned packages, made where it is missing."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = ROOT / "target"

# A BLAS that was told for another program what processor it runs on is not scikit-learn at its best.
BLAS_HINTS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def has(requirements):
    """Whether this interpreter has exactly the pinned packages."""
    for line in requirements.read_text().split():
        name, version = line.split("==")
        try:
            if importlib.metadata.version(name) != version:
                return False
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def enter(name):
    """Goes on in an interpreter that has the packages of requirements-NAME.txt: this one if it has them, else that of
    target/parity/venv-NAME, which is made first where it is missing."""
    hinted = [hint for hint in BLAS_HINTS if os.environ.pop(hint, None) is not None]
    requirements = pathlib.Path(__file__).with_name(f"requirements-{name}.txt")
    python = sys.executable
    if not has(requirements):
        if os.environ.get("TRAINYARD_PARITY_ENTERED") == name:
            sys.exit(f"{sys.executable} lacks what {requirements} names")
        python = made(TARGET / f"parity/venv-{name}", requirements)
    elif not hinted:
        return
    # Libraries that are loaded already have seen the hints: start afresh.
    os.environ["TRAINYARD_PARITY_ENTERED"] = name
    os.execv(python, [python, *sys.argv])


def made(folder, requirements):
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    if not python.exists():
        print(f"making a Python environment in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
    if subprocess.run(pip).returncode != 0:
        sys.exit(f"pip could not install {requirements}")
    return str(python)


def built(program, release=True):
    """The path of a program of this repository, built if need be."""
    profile = ["--release"] if release else []
    subprocess.run(["cargo", "build", "--quiet", *profile, "--workspace", "--bin", program], cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return pathlib.Path(ROOT, target, "release" if release else "debug", program)
