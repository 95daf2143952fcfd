"""One comparison of nodes.py."""

import dataclasses
import typing

from node_comparisons import CLOSE


@dataclasses.dataclass(frozen=True)
class Case:
    node: str
    name: str
    config: dict
    table: typing.Callable
    # (case, source columns, result) → checks.
    compare: typing.Callable
    peer: typing.Any = None
    columns: tuple = ()
    bound: float = CLOSE
    # Why the bound is more than rounding.
    why: str = ""
