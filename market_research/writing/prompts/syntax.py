"""The template language of prompts: a sandboxed part of Jinja; words from outside pass only through a filter."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from market_research.guard.marks import Fence, fence
from market_research.writing.prompts.model import PLAIN, Variable

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

MARK = "_mark"
"""The name under which a call's mark is passed to the filters; no template can declare it."""
_KEPT_FILTERS = ("count", "length", "first", "last", "join", "sort", "unique")
_COUNTS = ("count", "length")
_COUNTERS = ("index", "index0", "first", "last", "length")


@dataclass
class Syntax:
    """What a template uses, by line counted from 1 within its text, and what it must not do."""

    uses: dict[str, int] = field(default_factory=dict)
    includes: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)


def environment(load: Callable[[str], tuple[str, str] | None]) -> "Environment":
    """An environment for prompts; ``load`` gives a prompt's text and file by its name."""
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: None if (found := load(name)) is None else (*found, lambda: True)),
        undefined=StrictUndefined,
        autoescape=False,  # Markdown for a model, not HTML; the filters escape what matters to it.
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    made.filters = {name: made.filters[name] for name in _KEPT_FILTERS}
    made.filters |= {kind: _fencing(kind) for kind in ("data", "instruction")}
    made.globals.clear()
    return made


def _fencing(kind: Fence) -> Callable[..., str]:
    from jinja2 import Undefined, pass_context

    @pass_context
    def apply(context: Any, value: Any, label: str = "") -> str:
        if isinstance(value, Undefined):
            str(value)  # which raises, with the name
        return fence(as_text(value), context[MARK], kind=kind, label=label)

    return apply


def as_text(value: Any) -> str:
    """A value as a model reads it: a list in points, records as JSON, one to a line."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return "\n".join(_item(item) for item in value) or "(none)"
    return _json(value) if isinstance(value, Mapping) else "" if value is None else str(value)


def _item(item: Any) -> str:
    return _json(item) if isinstance(item, Mapping) else f"- {' '.join(str(item).split())}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda v: v.isoformat() if isinstance(v, date) else str(v))


def analyse(text: str, variables: Mapping[str, Variable]) -> Syntax:
    """Read a template without running it: variables, inclusions, and every place that prints what it must not."""
    from jinja2 import TemplateSyntaxError, meta, nodes

    made = environment(lambda _: None)
    found = Syntax()
    try:
        tree = made.parse(text)
        made.compile(tree, raw=True)
    except TemplateSyntaxError as error:
        found.problems.append((error.lineno or 1, f"the template cannot be read: {error.message}"))
        return found
    except RecursionError:
        found.problems.append((1, "the template is nested too deep; write it as several prompts"))
        return found
    free = meta.find_undeclared_variables(tree) - {"loop"}
    for name in tree.find_all(nodes.Name):
        if name.name in free:
            found.uses.setdefault(name.name, name.lineno)
    for kind, what in _forbidden().items():
        for node in tree.find_all(kind):
            found.problems.append(
                (node.lineno, f"{what} cannot be used in a prompt; use variables, if, for and include")
            )
    for name in tree.find_all(nodes.Name):
        if name.ctx == "store" and (name.name in variables or name.name == "loop"):
            found.problems.append((name.lineno, f"'{name.name}' is given a second meaning here; choose another name"))
    for include in tree.find_all(nodes.Include):
        named = include.template
        if isinstance(named, nodes.Const) and isinstance(named.value, str) and not include.ignore_missing:
            found.includes.setdefault(named.value, include.lineno)
        else:
            found.problems.append((include.lineno, "include needs the name of one prompt in quotation marks"))
    for output in tree.find_all(nodes.Output):
        for expression in output.nodes:
            if problem := _printing(expression, variables):
                found.problems.append((expression.lineno, problem))
    return found


def _forbidden() -> "dict[type[nodes.Node], str]":
    from jinja2 import nodes

    return {
        nodes.Call: "a call",
        nodes.Macro: "a macro",
        nodes.CallBlock: "a call block",
        nodes.FilterBlock: "a filter block",
        nodes.AssignBlock: "a set block",
        nodes.Import: "an import",
        nodes.FromImport: "an import",
        nodes.Extends: "an extension",
        nodes.Block: "a block",
    }


def _printing(expression: "nodes.Expr", variables: Mapping[str, Variable]) -> str | None:
    """Why an expression must not be printed: words of unknown origin, unless a filter fences them."""
    from jinja2 import nodes

    if isinstance(expression, nodes.Filter) and expression.name in ("data", "instruction"):
        given = [*expression.args, *(pair.value for pair in expression.kwargs)]
        if expression.dyn_args or expression.dyn_kwargs or not all(isinstance(value, nodes.Const) for value in given):
            return f"the filter {expression.name} takes a label in quotation marks and nothing else"
        inner = expression.node
        if expression.name == "data" or (isinstance(inner, nodes.Name) and _type(inner, variables) == "instruction"):
            return None
        return "the filter instruction is only for a variable of the type instruction; use the filter data"
    if isinstance(expression, nodes.Filter) and expression.name in _COUNTS:
        return None
    parts = [expression, *expression.find_all(nodes.Expr)]
    counters = {
        id(part.node) for part in parts if isinstance(part, nodes.Getattr) and part.attr in _COUNTERS
    }  # ``loop.index`` and the like are numbers of the template engine's own.
    for name in parts:
        if not isinstance(name, nodes.Name) or (name.name == "loop" and id(name) in counters):
            continue
        kind = _type(name, variables)
        if kind not in PLAIN:
            wanted = "instruction" if kind == "instruction" else "data"
            return f"'{name.name}' is printed as it is, but may hold outside words; write {{{{ … | {wanted} }}}}"
    return None


def _type(name: "nodes.Name", variables: Mapping[str, Variable]) -> str | None:
    return variables[name.name].type if name.name in variables else None
