"""What is wanted of each component of a framework: made new, changed as somebody asks, or left alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from market_research.analysis.base import listing
from market_research.errors import InvalidInput
from market_research.writing.frameworks.rows import SWOT


class Operation(StrEnum):
    GENERATE = "generate"
    MODIFY = "modify"
    NOT_REQUESTED = "not requested"


@dataclass(frozen=True)
class Step:
    """What is to be done with one component; ``instruction`` says how to change it."""

    component: str
    operation: Operation
    instruction: str = ""


@dataclass(frozen=True)
class Plan:
    """A step for each component of a SWOT, in their order."""

    steps: tuple[Step, ...]

    @property
    def requested(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.operation is not Operation.NOT_REQUESTED)


def plan(only: Iterable[str] = (), modify: Mapping[str, str] | None = None) -> Plan:
    """Generate the components in ``only`` and change those in ``modify``; without both, generate all.

    Raises:
        InvalidInput: there is no such component, or no words say what to change.
    """
    changes = modify or {}
    wanted = tuple(only) or (() if changes else SWOT)
    unknown = sorted({*wanted, *changes} - set(SWOT))
    if unknown:
        raise InvalidInput(f"A SWOT has no component {unknown[0]!r}; it has {listing(SWOT)}.")
    if empty := [name for name, instruction in changes.items() if not instruction.strip()]:
        raise InvalidInput(f"Say what to change about the {empty[0]}, for example: drop the second row.")

    def step(name: str) -> Step:
        if name in changes:
            return Step(name, Operation.MODIFY, changes[name])
        return Step(name, Operation.GENERATE if name in wanted else Operation.NOT_REQUESTED)

    return Plan(tuple(step(name) for name in SWOT))
