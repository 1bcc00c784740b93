"""Who may know whom (the contracts of pyproject.toml), and who may wait."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "bridge").rglob("*.py"))
THE_CLOCK = ROOT / "bridge/clock.py"


def test_modules_import_only_what_they_may_know() -> None:
    # In a process of its own: it silences every logger that there is.
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def waits(tree: ast.AST) -> Iterator[int]:
    """The lines that name the `sleep` of asyncio or time, under whatever name these were imported."""
    modules = {"asyncio", "time"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname for alias in node.names if alias.name in modules and alias.asname}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="sleep") if name in modules:
                yield node.lineno
            case ast.ImportFrom(module="asyncio" | "time", names=names) if any(alias.name == "sleep" for alias in names):
                yield node.lineno


@pytest.mark.parametrize(
    "source",
    ["import time\ntime.sleep(1)", "import asyncio as a\nasync def f(): await a.sleep(0)", "from asyncio import sleep"],
)
def test_a_wait_is_found(source: str) -> None:
    assert list(waits(ast.parse(source)))


@pytest.mark.parametrize("module", [path for path in MODULES if path != THE_CLOCK], ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_waits(module: Path) -> None:
    """Whoever else waits asks it, so that a test can move time."""
    assert list(waits(ast.parse(module.read_text(encoding="utf-8")))) == []
