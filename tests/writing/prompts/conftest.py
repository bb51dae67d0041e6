"""Folders of prompts that a test writes itself."""

from pathlib import Path

import pytest

from market_research.writing.prompts.library import Layer


class Folder:
    """One layer on disk; ``prompt`` and ``context`` write a file from its settings and its text."""

    def __init__(self, root: Path) -> None:
        self.layer = Layer(root / "prompts", root / "contexts")
        self.layer.prompts.mkdir(parents=True)
        self.layer.contexts.mkdir()

    def prompt(self, name: str, body: str, head: str = "", *, file: str | None = None) -> Path:
        path = self.layer.prompts / (file or f"{name}.md")
        path.write_text(f"---\nname: {name}\npurpose: For a test.\n{head}---\n{body}\n", "utf-8")
        return path

    def context(self, name: str, body: str) -> Path:
        path = self.layer.contexts / f"{name}.md"
        path.write_text(f"---\nname: {name}\npurpose: For a test.\n---\n{body}\n", "utf-8")
        return path


@pytest.fixture
def shipped(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "shipped")


@pytest.fixture
def own(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "own")
