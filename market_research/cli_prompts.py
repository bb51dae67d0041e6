"""Commands for prompts: what there is, whether it is sound, and what a model would be sent."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import typer

from market_research.console import Format, err, out, show, workspace_here
from market_research.errors import InvalidInput

prompts = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Show, check and try the prompts that a language model is given.\n\n"
    "Prompts are Markdown files in `templates/prompts`, contexts in `templates/contexts`. To change one, copy it into "
    "the folder `prompts` of the data home (contexts into `prompts/contexts`) and edit it there: of two files with "
    "the same name yours is used. Then run `market-research prompt check`.",
)


@prompts.command("list")
def prompt_list(format: Annotated[Format, typer.Option(help="How to print the rows.")] = "table") -> None:
    """List prompts and contexts: what each is for, its version, the form of its answer, and whose file it is.

    Example: `market-research prompt list`
    """
    from resources.prompting import library

    found = library(workspace_here().settings)
    rows = [
        {"name": name, "kind": prompt.head.compose or "prompt", "version": found.version(name),
         "output": prompt.head.output or "", "model": prompt.head.model, "from": _origin(prompt.layer),
         "purpose": prompt.head.purpose}
        for name, prompt in sorted(found.prompts.items())
    ] + [
        {"name": name, "kind": "context", "version": context.sha256[:16], "output": "", "model": "",
         "from": _origin(context.layer), "purpose": context.purpose}
        for name, context in sorted(found.contexts.items())
    ]  # fmt: skip
    frame = pl.DataFrame(rows)
    # A screen has room for what tells them apart; the other formats print all.
    show(frame.drop("output", "model", "from") if format == "table" else frame, format, empty="No prompt.")


@prompts.command("show")
def prompt_show(
    name: Annotated[str, typer.Argument(help="Name of a prompt or a context.")],
    schema: Annotated[bool, typer.Option(help="Print the form of the answer as JSON schema instead.")] = False,
) -> None:
    """Print a prompt with its variables, what it includes, its version and its file.

    Examples: `market-research prompt show industry_analysis` · `market-research prompt show swot --schema`
    """
    from market_research.writing.prompts import check
    from market_research.writing.prompts.schemas import SCHEMAS
    from resources.prompting import library

    found = library(workspace_here().settings)
    if name in found.contexts and name not in found.prompts:
        context = found.contexts[name]
        _print(f"context {name} · {context.purpose}\nfile {context.file}\n\n{context.text}")
        return
    prompt = found.prompt(name)
    if schema:
        forms = {prompt.head.output, *(found.prompts[part.prompt].head.output for part in prompt.head.parts)} - {None}
        if not forms:
            raise InvalidInput(f"The prompt {name} is a part of others and names no form of answers.")
        _print(json.dumps({form: SCHEMAS[form].model_json_schema() for form in sorted(filter(None, forms))}, indent=2))
        return
    lines = [f"{prompt.head.compose or 'prompt'} {name} · {prompt.head.purpose}", f"version {found.version(name)}",
             f"file {prompt.file}",
             f"answer {prompt.head.output or 'none of its own'} · model {prompt.head.model}"]  # fmt: skip
    lines += [f"contexts {', '.join(context.name for context in found.contexts_of(name)) or 'none'}"]
    lines += [f"made of {', '.join(check.below(prompt)) or 'itself alone'}", "variables"]
    for key, variable in found.variables(name).items():
        choice = f" of {', '.join(variable.values)}" if variable.values else ""
        lines.append(
            f"  {key} ({variable.type}{choice}{', optional' if variable.optional else ''}): {variable.description}"
        )
    _print("\n".join([*lines, *(["", prompt.body] if prompt.body else [])]))


@prompts.command("check")
def prompt_check() -> None:
    """Check all prompts and contexts: variables, references, circles, names, forms of answers. Exit code 1 on a fault.

    Example: `market-research prompt check`
    """
    from market_research.writing.prompts.library import examine
    from resources.prompting import layers

    settings = workspace_here().settings
    library, problems = examine(layers(settings))
    for problem in problems:
        err.print(str(problem), highlight=False, markup=False, soft_wrap=True)
    if problems:
        raise InvalidInput(
            f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in prompts; the lines above say where."
        )
    out.print(f"{len(library.prompts)} prompts and {len(library.contexts)} contexts are sound. "
              f"Your own go into {settings.own_prompts}.", highlight=False, soft_wrap=True)  # fmt: skip


@prompts.command("render")
def prompt_render(
    name: Annotated[str, typer.Argument(help="Name of the prompt.")],
    values: Annotated[Path | None, typer.Option("--with", help="Values of its variables: a YAML or JSON file.")] = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="For people, or as messages.")] = "text",
) -> None:
    """Print what a model would be sent. No model is asked.

    `market-research prompt show NAME` lists the variables. Texts from outside stand between marks; a variable of the
    type instruction passes the guard first.

    Example: `market-research prompt render expand_query --with values.yaml`, the file holding `industry: Retail` and
    `question: Who gained share?`
    """
    from market_research.writing.prompts.render import variants
    from resources.prompting import library, mark_source

    settings = workspace_here().settings
    calls = variants(library(settings), name, _values(values), mark_source(settings))
    if format == "json":
        _print(json.dumps(
            [{"name": call.name, "version": call.version, "model": call.model, "output": call.output,
              "sha256": call.sha256, "messages": call.messages} for call in calls],
            indent=2, ensure_ascii=False,
        ))  # fmt: skip
        return
    for call in calls:
        _print(f"===== {call.name} · version {call.version} · model {call.model} · answer {call.output or 'free'}\n"
               f"----- system\n{call.system}\n----- user\n{call.user}\n")  # fmt: skip


def _values(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    import yaml

    try:
        read = yaml.safe_load(file.read_text("utf-8"))  # JSON is YAML, too
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"Cannot read the values {file}: {' '.join(str(error).split())}") from error
    if not isinstance(read, dict) or not all(isinstance(key, str) for key in read):
        raise InvalidInput(f"{file} must hold lines of 'variable: value'.")
    return read


def _origin(layer: int) -> str:
    return "own folder" if layer else "shipped"


def _print(text: str) -> None:
    """Texts that other programs read: no wrapping, no colours."""
    sys.stdout.write(text.rstrip("\n") + "\n")
