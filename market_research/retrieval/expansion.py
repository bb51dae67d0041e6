"""Searches from what a section needs to know: its questions, its headings, the industry's vocabulary.

Vocabulary is left out unless ``widen_searches`` asks for it: on the questions of ``make bench NAME=retrieval``, of
which 35 were not looked at, ndcg at 10 was 0.59 without and 0.41 with it.
"""

from collections.abc import Callable, Iterable, Sequence

from market_research.retrieval.search import fused, stems


def queries(
    own: Iterable[str], questions: Iterable[tuple[str, str]], vocabulary: Iterable[str], focus: Iterable[str]
) -> tuple[str, ...]:
    """Searches for a section, each once.

    Args:
        own: searches that its plan names.
        questions: headings and the questions under them.
        vocabulary: names and terms of the industry; those of which a question speaks go with its heading.
        focus: what the reader wants to be stressed.
    """
    asked = list(questions)
    terms = list(dict.fromkeys(vocabulary))
    made = [*own, *focus, *(question for _, question in asked)]
    for heading, question in asked:
        wanted = stems(f"{heading} {question}")
        near = [term for term in terms if stems(term) & wanted][:4]
        made += [f"{heading} {' '.join(near)}"] if near else []
    return tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in made))))


def found_by_all(asked: Sequence[str], search: Callable[[str], Sequence[str]]) -> list[str]:
    """Ids that the searches find, those first that many of them find early (reciprocal rank fusion)."""
    return fused([search(query) for query in asked])["passage_id"].to_list()
