"""Everything that can be wrong with a prompt file is told with its file, its line and what to do."""

from pathlib import Path
from typing import Any

import pytest

from market_research.errors import InvalidInput
from market_research.writing.prompts.front_matter import MAX_CHARS
from market_research.writing.prompts.library import examine, load

TOPIC = "variables:\n  topic: {type: text, description: What it is about.}\n"


def problems(*folders: Any) -> list[tuple[str, int, str]]:
    _, found = examine(tuple(folder.layer for folder in folders))
    return [(problem.file.name, problem.line, problem.message) for problem in found]


def test_a_sound_prompt_has_no_problem(shipped: Any) -> None:
    shipped.context("style", "Be brief {{ this is no template }}.")
    shipped.prompt("part", "On {{ topic | data }}.", TOPIC)
    shipped.prompt("whole", '{% include "part" %}', TOPIC + "contexts: [style]\noutput: queries\nmodel: fast\n")
    assert problems(shipped) == []


# Settings take lines 2 and 3 (name, purpose); what a case adds begins on line 4.
@pytest.mark.parametrize(
    ("head", "body", "line", "says"),
    [
        ("", "On {{ topic | data }}.", 5, "'topic' is used but not declared"),
        ("", "Fine.\n\n{% if topic %}x{% endif %}", 7, "'topic' is used but not declared"),
        (TOPIC, "Nothing.", 5, "'topic' is declared but not used"),
        ("contexts:\n  - style\n", "Fine.", 5, "there is no context 'style'"),
        ("", 'Fine.\n{% include "other" %}', 6, "there is no prompt 'other'"),
        ("compose: sequential\nparts: [other]\n", "", 5, "there is no prompt 'other'"),
        ("output: poem\n", "Fine.", 4, "there is no form of answers 'poem'; there are executive_summary"),
        ("modle: fast\n", "Fine.", 4, "no such setting; there are name, purpose"),
        ("model: best\n", "Fine.", 4, "model: Input should be 'default' or 'fast'"),
        ("variables:\n  topic: {type: txt, description: x}\n", "Fine.", 5, "variables.topic.type"),
        ("variables:\n  topic: {type: text}\n", "Fine.", 5, "variables.topic.description: is missing"),
        ("variables:\n  Topic: {type: text, description: x}\n", "Fine.", 5, "must be lower-case letters"),
        ("variables:\n  kind: {type: choice, description: x}\n", "Fine.", 5, "every choice needs them"),
        ("purpose: again\n", "Fine.", 4, "'purpose' stands twice"),
        ("a: [\n", "Fine.", 4, "not valid YAML"),
        ("", "", 5, "the prompt has no text"),
        ("compose: parallel\nparts: []\n", "", 4, "'compose' and 'parts' belong together"),
        ("", "On {{ topic", 5, "the template cannot be read"),
        ("", "{% if %}", 5, "the template cannot be read"),
        (TOPIC, "{{ topic | upper }}", 7, "the template cannot be read: No filter named 'upper'"),
        (TOPIC, "On {{ topic }}.", 7, "'topic' is printed as it is"),
        (TOPIC, "{{ topic | first }} {{ topic | data }}", 7, "'topic' is printed as it is"),
        (TOPIC, "{{ topic | data ~ topic }}", 7, "'topic' is printed as it is"),
        (TOPIC, "{{ topic | instruction }}", 7, "only for a variable of the type instruction"),
        (TOPIC, "{{ 'x' | data(topic) }}", 7, "takes a label in quotation marks and nothing else"),
        (TOPIC, "{% for c in topic %}{{ c }}{% endfor %}", 7, "'c' is printed as it is"),
        (TOPIC, "{% for c in topic %}{{ loop.previtem }}{% endfor %}", 7, "'loop' is printed as it is"),
        (TOPIC, "{% set loop = topic %}{{ loop.first }}", 7, "'loop' is given a second meaning"),
        (TOPIC, "{% set topic = 1 %}{{ topic | data }}", 7, "'topic' is given a second meaning"),
        (TOPIC, "{% set x %}{{ topic | data }}{% endset %}", 7, "a set block cannot be used"),
        (TOPIC, "{{ topic.upper() | data }}", 7, "a call cannot be used"),
        (TOPIC, "{% macro m() %}{% endmacro %}{{ topic | data }}", 7, "a macro cannot be used"),
        (TOPIC, "{% extends topic %}", 7, "an extension cannot be used"),
        (TOPIC, "{% include topic %}", 7, "include needs the name of one prompt"),
        (TOPIC, '{{ topic | data }}{% include "gone" ignore missing %}', 7, "include needs the name of one prompt"),
        ("", "{{ _mark | data }}", 5, "'_mark' belongs to the program"),
    ],
)
def test_each_fault_is_told_with_its_line(shipped: Any, head: str, body: str, line: int, says: str) -> None:
    shipped.prompt("one", body, head)
    found = problems(shipped)
    assert any(name == "one.md" and at == line and says in message for name, at, message in found), found


def test_counts_and_positions_may_be_printed_as_they_are(shipped: Any) -> None:
    head = "variables:\n  rows: {type: records, description: Rows.}\n  most: {type: integer, description: Limit.}\n"
    shipped.prompt(
        "one",
        "{{ rows | length }} of {{ most }}{% for r in rows %}{{ loop.index }}: {{ r.id | data }}{% endfor %}",
        head,
    )
    assert problems(shipped) == []


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "must open with a line of '---'"),
        (b"# No head", 1, "must open with a line of '---'"),
        (b"---\nname: one\n", 1, "have no end"),
        (b"---\n- a\n---\nx", 1, "must be lines of 'key: value'"),
        (b"---\n---\nx", 1, "must be lines of 'key: value'"),
        (b"---\nname: Gr\xf6\xdfe\n---\nx", 1, "is not UTF-8"),
        (b"---\npurpose: x\n---\nx", 1, "name: is missing"),
        (b"---\nname: a b\npurpose: x\n---\nx", 2, "must be lower-case letters"),
        (
            b"---\na: &a [x]\n"
            + b"".join(
                b"b%d: &%s [%s]\n" % (i, n, b", ".join([b"*" + o] * 9))
                for i, (o, n) in enumerate([(b"a", b"c"), (b"c", b"d"), (b"d", b"e"), (b"e", b"f"), (b"f", b"g")])
            )
            + b"---\nx",
            2,
            "too many",
        ),
        (b"---\nname: &n [*n]\n---\nx", 2, "nested too deep"),
        (b"---\nname: one\npurpose: x\n---\n{{ " + b"(" * 5000 + b" }}", 5, "nested too deep"),
        (b"---\n" + b"a: " * 40 + b"\n---\nx", 2, "not valid YAML"),
        (b"---\nname: one\npurpose: " + b"[" * 2000 + b"\n---\nx", 1, ""),
        (b"---\nname: one\npurpose: x\n---\n" + b"x" * MAX_CHARS, 1, "characters; at most"),
    ],
)
def test_a_file_that_is_no_prompt_is_told_of(shipped: Any, content: bytes, line: int, says: str) -> None:
    (shipped.layer.prompts / "one.md").write_bytes(content)
    (found,) = problems(shipped)
    assert found[0] == "one.md"
    assert says in found[2]
    if says:
        assert found[1] == line


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(shipped: Any) -> None:
    path = shipped.prompt("one", "On {{ topic }}.", TOPIC)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert [(name, line) for name, line, _ in problems(shipped)] == [("one.md", 7)]


def test_a_circle_of_inclusions_is_told_once(shipped: Any) -> None:
    shipped.prompt("one", 'x {% include "two" %}')
    shipped.prompt("two", 'x\n{% include "three" %}')
    shipped.prompt("three", 'x {% include "one" %}')
    assert problems(shipped) == [
        ("three.md", 5, "prompts include each other in a circle: one → two → three → one; take one of them out")
    ]


def test_a_prompt_that_includes_itself_and_one_that_is_its_own_part_are_circles(shipped: Any) -> None:
    shipped.prompt("one", '{% include "one" %}')
    shipped.prompt("two", "", "compose: sequential\nparts: [two]\n")
    assert [(name, line) for name, line, _ in problems(shipped)] == [("one.md", 5), ("two.md", 5)]


def test_a_name_that_two_files_claim_is_told_of(shipped: Any) -> None:
    shipped.prompt("one", "Fine.")
    shipped.prompt("one", "Fine.", file="second.md")
    shipped.context("style", "Brief.").rename(shipped.layer.contexts / "z.md")
    shipped.context("style", "Brief.")
    assert problems(shipped) == [
        ("z.md", 2, "style.md has the name 'style' too; rename one of them"),
        ("second.md", 2, "one.md has the name 'one' too; rename one of them"),
    ]


def test_what_an_included_prompt_needs_must_be_declared_and_alike(shipped: Any) -> None:
    shipped.prompt("part", "{{ topic | data }}", TOPIC)
    shipped.prompt("without", '{% include "part" %}')
    shipped.prompt("other", '{% include "part" %}', TOPIC.replace("text", "list"))
    shipped.prompt("loose", '{% include "part" %}', TOPIC.replace("type: text,", "type: text, optional: true,"))
    assert problems(shipped) == [
        ("loose.md", 5, "'part' cannot do without 'topic'; take out 'optional'"),
        ("other.md", 5, "'topic' is list here and text in 'part'; make them one"),
        ("without.md", 5, "'part' needs the variable 'topic'; add it to variables"),
    ]


@pytest.mark.parametrize(
    ("head", "body", "line", "says"),
    [
        ("compose: sequential\nparts: [part]\n", "Text.", 7, "has no text of its own"),
        ("compose: sequential\nparts: [part]\n" + TOPIC, "", 6, "has the variables of its parts"),
        ("compose: sequential\nparts: [part, list]\n", "", 5, "'topic' is text in 'part' and list in 'list'"),
        ("compose: parallel\nparts: [{prompt: part, with: {topci: x}}]\n", "", 5, "'part' has no variable 'topci'"),
        ("compose: parallel\nparts: [{prompt: part, with: {topic: 3}}]\n", "", 5, "must be a text, not int"),
        ("compose: sequential\nparts: [side]\n", "", 5, "cannot be one part in a row"),
        ("", '{% include "side" %}', 5, "cannot be included"),
    ],
)
def test_faults_of_composition(shipped: Any, head: str, body: str, line: int, says: str) -> None:
    shipped.prompt("part", "{{ topic | data }}", TOPIC)
    shipped.prompt("list", "{{ topic | data }}", TOPIC.replace("text", "list"))
    shipped.prompt("side", "", "compose: parallel\nparts: [part]\n")
    shipped.prompt("one", body, head)
    found = [problem for problem in problems(shipped) if problem[0] == "one.md"]
    assert any(at == line and says in message for _, at, message in found), found


@pytest.mark.parametrize(
    ("head", "body", "says"),
    [
        (TOPIC, "{{ topic | data }}", "the program expects 'queries' from 'one'"),
        (TOPIC + "output: queries\n", "{{ topic | data }}", None),
        ("output: queries\n", "Without any.", None),
        (TOPIC.replace("text", "list") + "output: queries\n", "{{ topic | data }}", "must stay of the type text"),
        (TOPIC + "  more: {type: text, description: x}\noutput: queries\n", "{{ topic | data }}{{ more | data }}",
         "the program does not give 'more' to 'one'; it gives topic"),
        (TOPIC + "  more: {type: text, description: x, optional: true}\noutput: queries\n",
         "{{ topic | data }}{{ more | data }}", None),
    ],
)  # fmt: skip
def test_an_overlay_keeps_what_the_program_relies_on(
    shipped: Any, own: Any, head: str, body: str, says: str | None
) -> None:
    shipped.prompt("one", "{{ topic | data }}", TOPIC + "output: queries\n")
    own.prompt("one", body, head)
    found = problems(shipped, own)
    assert (says is None and found == []) or (says is not None and says in found[0][2]), found


def test_loading_says_all_problems_at_once(shipped: Any) -> None:
    first, second = shipped.prompt("one", "{{ a }}"), shipped.prompt("two", "{{ b }}")
    with pytest.raises(InvalidInput) as caught:
        load((shipped.layer,))
    assert f"{first}:5: " in str(caught.value)
    assert f"{second}:5: " in str(caught.value)


def test_a_file_that_cannot_be_used_does_not_blame_those_that_name_it(shipped: Any) -> None:
    shipped.prompt("one", 'x {% include "two" %}')
    Path(shipped.layer.prompts / "two.md").write_text("nothing")
    assert [name for name, _, _ in problems(shipped)] == ["two.md"]
