"""The lists that name every process, with one more in them. Their layout stays as the formatter leaves it."""

import ast
import re

from starters.failures import REFUSED, Failure


def with_import(text: str, module: str, name: str) -> str:
    """`from MODULE import NAME` at its place among the imports, which are in alphabetical order."""
    before = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in _OWN
        and (node.module or "") < module
    ]
    if not before:
        raise _by_hand(f"from {module} import {name}")
    return _inserted(text, before[-1].end_lineno or 0, f"from {module} import {name}")


def with_entry(text: str, variable: str, name: str) -> str:
    """NAME as the last one of the list, which has a line for each."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == variable and node.value:
            (last, indent) = _last_of(node.value)
            if last:
                return _inserted(text, last, f"{' ' * indent}{name},")
    raise _by_hand(f"{name} in {variable}")


def with_layer(text: str, stem: str) -> str:
    """`(STEM)` among the processes of the layers inside workflows."""
    found = re.search(r'^layers = \["((?:\(\w+\)(?: \| )?)+)", (?:"[^"]*", )*"\(patterns\)"', text, flags=re.MULTILINE)
    if found is None:
        raise _by_hand(f"({stem}) in the layers inside workflows")
    layer = " | ".join(sorted([*found[1].split(" | "), f"({stem})"]))
    return text[: found.start(1)] + layer + text[found.end(1) :]


_OWN = ("activities", "contracts", "runtime", "tests", "workers", "workflows")


def _last_of(value: ast.expr) -> tuple[int, int]:
    """(line, indent) of the last name of the first tuple with a line for each; (0, 0) where there is none."""
    for node in ast.walk(value):
        if isinstance(node, ast.Tuple) and node.elts:
            lines = [element.lineno for element in node.elts]
            alone = len(set(lines)) == len(lines) and (node.end_lineno or 0) > lines[-1]
            return (lines[-1], node.elts[-1].col_offset) if alone else (0, 0)
    return 0, 0


def _inserted(text: str, after: int, line: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join((*lines[:after], f"{line}\n", *lines[after:]))


def _by_hand(what: str) -> Failure:
    return Failure(REFUSED, f"there is no place for `{what}` that a program can find: nothing was written")
