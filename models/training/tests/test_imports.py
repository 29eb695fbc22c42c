"""The packages are floors: each module imports only from its own package and from those below it, and nothing in a circle."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from training.paths import HERE

FLOORS = ("", "networks", "data", "train", "export", "measure")
"""The packages from the ground up; the first is `training` itself: paths and classes."""
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
"""In lines, so that a function is read without scrolling."""


def modules() -> dict[str, ast.Module]:
    """Every module of the packages by its name below `training`, e.g. `data.packs`."""
    found = {}
    for path in sorted(HERE.rglob("*.py")):
        parts = path.relative_to(HERE).with_suffix("").parts
        if parts[0] not in ("tests", "cache", "runs"):
            found[".".join(part for part in parts if part != "__init__")] = ast.parse(path.read_text())
    return found


def imported(*, name: str, tree: ast.Module, known: set[str]) -> set[str]:
    """The modules of `training` that a module imports, wherever in it the import is."""
    package = name.split(".") if is_package(name=name, known=known) else name.split(".")[:-1]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                found.add(whole if whole in known else ".".join(base))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "training":
            raise AssertionError(f"{name}: expected a relative import instead of {node.module}")
    return found


def is_package(*, name: str, known: set[str]) -> bool:
    """Whether a module is a package's `__init__`."""
    return name == "" or any(other.startswith(f"{name}.") for other in known)


def floor_of(*, name: str) -> int:
    """The floor of a module."""
    return FLOORS.index(name.split(".")[0] if "." in name or name in FLOORS else "")


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Each module and the modules that it imports."""
    trees = modules()
    return {name: imported(name=name, tree=tree, known=set(trees)) for name, tree in trees.items()}


def test_every_import_goes_down_or_stays_on_its_floor(graph: dict[str, set[str]]) -> None:
    assert len(graph) > 50
    upward = [(a, b) for a, others in graph.items() for b in others if floor_of(name=b) > floor_of(name=a)]
    assert not upward


def test_no_modules_import_each_other_in_a_circle(graph: dict[str, set[str]]) -> None:
    try:
        [*TopologicalSorter(graph).static_order()]
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(reversed(error.args[1]))}")


def test_networks_need_nothing_but_torch() -> None:
    for name, tree in modules().items():
        if name.split(".")[0] == "networks":
            plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
            of = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level and node.module}
            assert {module.split(".")[0] for module in plain | of} <= {
                "copy",
                "dataclasses",
                "itertools",
                "torch",
                "torchvision",
            }, name


def test_no_import_is_inside_a_function() -> None:
    for name, tree in modules().items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inner = [node for function in functions for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert not inner, f"{name}, line {inner[0].lineno}"


def test_files_are_small_rooms() -> None:
    long = {path.name: count for path in HERE.rglob("*.py") if (count := path.read_text().count("\n")) > LONGEST_FILE}
    assert not long


def test_functions_fit_on_a_screen() -> None:
    functions = [(name, node) for name, tree in modules().items() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    lines = {f"{name}.{node.name}": (node.end_lineno or 0) - node.lineno + 1 for name, node in functions}
    assert not {name: count for name, count in lines.items() if count > LONGEST_FUNCTION}
