"""Markdown files that open with YAML between two lines of ``---``, read so that every complaint has its line."""

from dataclasses import dataclass
from typing import Any

import yaml

MAX_CHARS = 256_000
# Far more than any head has; references of YAML to itself can make a short one endless.
MAX_SETTINGS = 5_000


class FrontMatterError(Exception):
    """What is wrong, and at which line of the file."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True)
class FrontMatter:
    """The values at the head, the line of each key by its path, the text below and the line where that begins."""

    values: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]
    body: str
    body_line: int

    def line(self, *path: str | int) -> int:
        """The line of a key, or of the nearest one above it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def split(text: str) -> FrontMatter:
    """Read a file's text. A first line other than ``---`` means that there is no head, which is an error.

    Raises:
        FrontMatterError: no head, a head without end, not YAML, a key twice, or a file of unreasonable size.
    """
    if len(text) > MAX_CHARS:
        raise FrontMatterError(1, f"the file has {len(text):,} characters; at most {MAX_CHARS:,} are read")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != "---":
        raise FrontMatterError(1, "the file must open with a line of '---', its settings in YAML, and '---' again")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise FrontMatterError(1, "the settings at the head have no end; add a line of '---' below them")
    # The blank line keeps YAML's count of lines that of the file.
    head = "\n" + "\n".join(lines[1:end])
    try:
        node = yaml.compose(head, Loader=yaml.SafeLoader)
        found: dict[tuple[str | int, ...], int] = {}
        _collect(node, (), found)
        values = yaml.safe_load(head)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = "a text that holds : , ? # or brackets needs quotation marks"
        raise FrontMatterError(line, f"the settings are not valid YAML: {error.problem} ({hint})") from error
    except yaml.YAMLError as error:
        raise FrontMatterError(1, f"the settings are not valid YAML: {' '.join(str(error).split())}") from error
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(1, f"the settings hold a value that YAML cannot give: {error}") from error
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise FrontMatterError(1, "the settings must be lines of 'key: value'")
    rest = lines[end + 1 :]
    blank = next((number for number, line in enumerate(rest) if line.strip()), 0)
    return FrontMatter(values, found, "\n".join(rest[blank:]).rstrip(), end + 2 + blank)


def _collect(node: yaml.Node | None, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], int]) -> None:
    if len(path) > 20 or len(found) > MAX_SETTINGS:
        raise FrontMatterError(node.start_mark.line + 1 if node else 1, "the settings are too many or nested too deep")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in found:
                raise FrontMatterError(key.start_mark.line + 1, f"'{key.value}' stands twice; keep one of them")
            found[here] = key.start_mark.line + 1
            _collect(value, here, found)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            found[(*path, index)] = item.start_mark.line + 1
            _collect(item, (*path, index), found)
