"""Versions follow content, overlays win by name, and a changed file is seen at once."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from market_research.errors import InvalidInput, NotFound
from market_research.guard.marks import keyed
from market_research.writing.prompts.library import Library, load
from market_research.writing.prompts.render import render

SOURCE = keyed(b"secret")


def user(library: Library, name: str = "whole") -> str:
    return render(library, name, {}, SOURCE).user


def family(folder: Any) -> Library:
    """A prompt with a context that includes one, which includes another with a context."""
    folder.context("style", "Be brief.")
    folder.context("deep", "Be exact.")
    folder.prompt("leaf", "Leaf.", "contexts: [deep]\n")
    folder.prompt("branch", 'Branch. {% include "leaf" %}')
    folder.prompt("whole", 'Whole. {% include "branch" %}', "contexts: [style]\noutput: queries\n")
    folder.prompt("row", "", "compose: sequential\nparts: [whole]\n")
    folder.prompt("apart", "Apart.")
    return load((folder.layer,))


def versions(library: Library) -> dict[str, str]:
    return {name: library.version(name) for name in library.prompts}


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda f: f.prompt("leaf", "Leaf!", "contexts: [deep]\n"), {"leaf", "branch", "whole", "row"}),
        (lambda f: f.context("deep", "Be very exact."), {"leaf", "branch", "whole", "row"}),
        (lambda f: f.context("style", "Be very brief."), {"whole", "row"}),
        (lambda f: f.prompt("apart", "Apart!"), {"apart"}),
        (lambda f: f.prompt("row", "", "model: fast\ncompose: sequential\nparts: [whole]\n"), {"row"}),
    ],
)
def test_a_version_changes_with_all_that_a_prompt_is_made_of(shipped: Any, change: Any, changed: set[str]) -> None:
    before = versions(family(shipped))
    change(shipped)
    after = versions(load((shipped.layer,)))
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_version_does_not_depend_on_the_folder(shipped: Any, own: Any) -> None:
    assert versions(family(shipped)) == versions(family(own))


def test_nothing_is_read_again_while_no_file_has_changed(shipped: Any) -> None:
    assert family(shipped) is load((shipped.layer,))


def test_a_changed_new_or_deleted_file_is_seen_at_the_next_call(shipped: Any) -> None:
    assert user(family(shipped)) == "Whole. Branch. Leaf."
    shipped.prompt("leaf", "Loaf.", "contexts: [deep]\n")
    assert user(load((shipped.layer,))) == "Whole. Branch. Loaf."
    new = shipped.prompt("new", "New.")
    assert user(load((shipped.layer,)), "new") == "New."
    new.unlink()
    with pytest.raises(NotFound, match="prompt list"):
        load((shipped.layer,)).prompt("new")


def test_a_file_of_the_same_size_and_age_in_its_place_is_seen(shipped: Any) -> None:
    family(shipped)
    path: Path = shipped.layer.prompts / "apart.md"
    state = path.stat()
    other = path.with_suffix(".new")
    other.write_text(path.read_text().replace("Apart.", "Apert."))
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(path)
    assert user(load((shipped.layer,)), "apart") == "Apert."


def test_a_broken_change_is_told_and_mended_without_a_restart(shipped: Any) -> None:
    family(shipped)
    shipped.prompt("apart", "{{ gone }}")
    with pytest.raises(InvalidInput, match=r"apart\.md:5"):
        load((shipped.layer,))
    shipped.prompt("apart", "Mended.")
    assert user(load((shipped.layer,)), "apart") == "Mended."


def test_the_users_folder_wins_by_name_for_prompts_and_contexts(shipped: Any, own: Any) -> None:
    family(shipped)
    own.prompt("leaf", "Mine.")
    own.context("style", "Be long.")
    own.prompt("extra", 'Extra. {% include "branch" %}')
    library = load((shipped.layer, own.layer))
    assert user(library) == "Whole. Branch. Mine."
    assert user(library, "extra") == "Extra. Branch. Mine."
    assert render(library, "whole", {}, SOURCE).system == "Be long."
    assert user(load((shipped.layer,))) == "Whole. Branch. Leaf.", "the shipped ones alone are untouched"


def test_a_folder_that_is_not_there_is_empty(shipped: Any, own: Any, tmp_path: Path) -> None:
    library = family(shipped)
    from market_research.writing.prompts.library import Layer

    both = load((shipped.layer, Layer(tmp_path / "no", tmp_path / "where")))
    assert versions(both) == versions(library)


def test_editors_hidden_files_and_other_kinds_are_no_prompts(shipped: Any) -> None:
    library = family(shipped)
    for name in (".#whole.md", "whole.md~", "notes.txt"):
        (shipped.layer.prompts / name).write_text("no prompt")
    assert set(load((shipped.layer,)).prompts) == set(library.prompts)


def test_many_threads_get_the_same_text(shipped: Any) -> None:
    layers = (shipped.layer,)
    family(shipped)
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(user(load(layers)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["Whole. Branch. Leaf."] * 8
