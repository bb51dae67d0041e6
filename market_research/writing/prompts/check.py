"""Prompts checked against each other: references, circles, variables, forms of answers, what an overlay may change."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from market_research.writing.prompts.model import Context, Problem, Prompt, Variable
from market_research.writing.prompts.schemas import SCHEMAS
from market_research.writing.prompts.syntax import MARK
from market_research.writing.prompts.values import mismatch

Prompts = Mapping[str, Prompt]


def same_names(found: list[Prompt] | list[Context]) -> list[Problem]:
    """Names that two files of one folder claim."""
    first: dict[tuple[int, str], Path] = {}
    problems = []
    for one in found:
        held = first.setdefault((one.layer, one.name), one.file)
        if held is not one.file:
            line = one.line("name") if isinstance(one, Prompt) else 2
            problems.append(Problem(one.file, line, f"{held.name} has the name '{one.name}' too; rename one of them"))
    return problems


def across(prompts: Prompts, contexts: Mapping[str, Context], broken: frozenset[str]) -> list[Problem]:
    """What is wrong between files. References to ``broken`` files, which have problems of their own, are let pass."""
    problems: list[Problem] = []
    for prompt in prompts.values():
        problems += _references(prompt, prompts, contexts, broken)
    cycles = list(_cycles(prompts))
    if cycles:
        # Variables of prompts in a circle have no end.
        return problems + cycles
    for prompt in prompts.values():
        problems += _parts(prompt, prompts) if prompt.head.compose else _variables(prompt, prompts)
    return problems


def below(prompt: Prompt) -> dict[str, int]:
    """Prompts that a prompt includes or is composed of, with the line of the first mention."""
    parts = {part.prompt: prompt.line(f"parts.{index}") for index, part in reversed([*enumerate(prompt.head.parts)])}
    return prompt.includes | dict(reversed(parts.items()))


def variables(prompt: Prompt, prompts: Prompts) -> dict[str, Variable]:
    """Variables that a caller gives: a prompt's own, or those of its parts that they do not fix."""
    if not prompt.head.compose:
        return prompt.head.variables
    found: dict[str, Variable] = {}
    for part in prompt.head.parts:
        for name, variable in variables(prompts[part.prompt], prompts).items() if part.prompt in prompts else ():
            # What one part must have, the whole must have.
            if name not in part.given and (name not in found or not variable.optional):
                found[name] = variable
    return found


def overlaid(over: Prompt, under: Prompt, prompts: Prompts, shipped: Prompts) -> Iterator[Problem]:
    """What a prompt of the user's own folder changes that the program relies on."""
    if over.head.output != under.head.output:
        yield over.problem("output", f"the program expects '{under.head.output}' from '{over.name}'; keep that output")
    if "parallel" in {over.head.compose, under.head.compose} and over.head.compose != under.head.compose:
        yield over.problem("compose", f"'{over.name}' must stay {under.head.compose or 'one message'}")
    given = variables(under, shipped)
    for name, variable in variables(over, prompts).items():
        place = f"variables.{name}"
        if name in given and not _alike(variable, given[name]):
            yield over.problem(place, f"'{name}' must stay of the type {given[name].type}, as the program gives it")
        elif name in given and given[name].optional and not variable.optional:
            yield over.problem(place, f"'{name}' must stay optional; the program may leave it out")
        elif name not in given and not variable.optional:
            gives = f"it gives {', '.join(given) or 'nothing'}"
            yield over.problem(place, f"the program does not give '{name}' to '{over.name}'; {gives}")


def _alike(one: Variable, other: Variable) -> bool:
    return (one.type, one.values) == (other.type, other.values)


def _references(
    prompt: Prompt, prompts: Prompts, contexts: Mapping[str, Context], broken: frozenset[str]
) -> Iterator[Problem]:
    for index, name in enumerate(prompt.head.contexts):
        if name not in contexts and f"context {name}" not in broken:
            known = ", ".join(sorted(contexts)) or "none"
            yield prompt.problem(f"contexts.{index}", f"there is no context '{name}'; there are {known}")
    for name, line in below(prompt).items():
        if name not in prompts:
            if name not in broken:
                yield prompt.problem(line, f"there is no prompt '{name}'; `market-research prompt list` shows all")
        elif name in prompt.includes and prompts[name].head.compose:
            yield prompt.problem(line, f"'{name}' is composed of parts and cannot be included; include the parts")
        elif prompt.head.compose == "sequential" and prompts[name].head.compose == "parallel":
            yield prompt.problem(line, f"'{name}' has variants side by side, which cannot be one part in a row")
    if prompt.head.output is not None and prompt.head.output not in SCHEMAS:
        known = ", ".join(SCHEMAS)
        yield prompt.problem("output", f"there is no form of answers '{prompt.head.output}'; there are {known}")


def _cycles(prompts: Prompts) -> Iterator[Problem]:
    """Each circle once, at the place that closes it."""
    done: set[str] = set()

    def walk(path: tuple[str, ...]) -> Iterator[Problem]:
        for further, line in below(prompts[path[-1]]).items():
            if further in path:
                circle = " → ".join([*path[path.index(further) :], further])
                yield prompts[path[-1]].problem(
                    line, f"prompts include each other in a circle: {circle}; take one of them out"
                )
            elif further in prompts and further not in done:
                yield from walk((*path, further))
        done.add(path[-1])

    for name in sorted(prompts):
        if name not in done:
            yield from walk((name,))


def _variables(prompt: Prompt, prompts: Prompts) -> Iterator[Problem]:
    declared = prompt.head.variables
    for name, line in prompt.uses.items():
        if name not in declared:
            what = "belongs to the program" if name == MARK else "is used but not declared; add it to variables"
            yield prompt.problem(line, f"the variable '{name}' {what} or take it out")
    passed_on: set[str] = set()
    for included, line in prompt.includes.items():
        for name, variable in variables(prompts[included], prompts).items() if included in prompts else ():
            passed_on.add(name)
            if name not in declared:
                yield prompt.problem(line, f"'{included}' needs the variable '{name}'; add it to variables")
            elif not _alike(declared[name], variable):
                kinds = f"{declared[name].type} here and {variable.type} in '{included}'"
                yield prompt.problem(f"variables.{name}", f"'{name}' is {kinds}; make them one")
            elif declared[name].optional and not variable.optional:
                yield prompt.problem(
                    f"variables.{name}", f"'{included}' cannot do without '{name}'; take out 'optional'"
                )
    for name in declared:
        if name not in prompt.uses and name not in passed_on:
            yield prompt.problem(
                f"variables.{name}", f"the variable '{name}' is declared but not used; use it or take it out"
            )


def _parts(prompt: Prompt, prompts: Prompts) -> Iterator[Problem]:
    first: dict[str, tuple[str, Variable]] = {}
    for index, part in enumerate(prompt.head.parts):
        place = f"parts.{index}"
        needed = variables(prompts[part.prompt], prompts) if part.prompt in prompts else {}
        for name, value in part.given.items() if part.prompt in prompts else ():
            if name not in needed:
                yield prompt.problem(place, f"'{part.prompt}' has no variable '{name}'; it has {', '.join(needed)}")
            elif problem := mismatch(needed[name], value):
                yield prompt.problem(place, f"the value of '{name}' {problem}")
        for name, variable in needed.items():
            if name in part.given:
                continue
            other, held = first.setdefault(name, (part.prompt, variable))
            if not _alike(held, variable):
                kinds = f"{held.type} in '{other}' and {variable.type} in '{part.prompt}'"
                yield prompt.problem(place, f"'{name}' is {kinds}; make them one")
