"""Rules in a request are checked when it is read: the error names the rule's number and says what to write."""

import pytest

from market_research.errors import InvalidInput
from market_research.industries import dump_request, parse_request
from market_research.settings import PROJECT_ROOT
from market_research.transforming.rules import RULES, Transformation

WRONG = {
    "{rule: renam}": ["rule 1", "no rule 'renam'", "rename, drop, keep"],
    "{columns: [a]}": ["rule 1", "must say which it is", "{rule: rename"],
    "{rule: drop}": ["rule 1 (drop)", "columns: Field required", "{rule: drop, columns:"],
    "{rule: drop, column: a}": ["rule 1 (drop)", "column: Extra inputs", "{rule: drop, columns:"],
    "{rule: rename, columns: {a: c, b: c}}": ["rule 1 (rename)", "'c' is named twice"],
    "{rule: cast, columns: {a: numbr}}": ["rule 1 (cast)", "'number', 'integer'"],
    "{rule: cast, columns: {a: {type: date, format: '%d.%m'}}}": ["rule 1 (cast)", "no format of a date"],
    "{rule: cast, columns: {a: {type: number, format: '%d.%m.%Y'}}}": ["rule 1 (cast)", "`format` is for dates"],
    "{rule: normalise}": ["rule 1 (normalise)", "says nothing to do"],
    "{rule: normalise, scale: {a: dozens}}": ["rule 1 (normalise)", "is no scale"],
    "{rule: fill, column: a, strategy: constant}": ["rule 1 (fill)", "`value` goes with"],
    "{rule: fill, column: a, strategy: constant, value: n/a}": ["rule 1 (fill)", "missing; give another"],
    "{rule: fill, column: a, strategy: mean, order: b}": ["rule 1 (fill)", "`order` has no meaning"],
    "{rule: fill, column: a, strategy: mean, by: a}": ["rule 1 (fill)", "cannot be filled by itself"],
    "{rule: validate, conditions: {x: 'a >'}}": ["rule 1 (validate)", "conditions.x", "is no SQL expression"],
    "{rule: enrich, columns: {x: 'SELECT 1'}}": ["rule 1 (enrich)", "columns.x", "(SELECT …)"],
    "{rule: enrich, columns: {x: '(SELECT r.a FROM regions AS r)'}}": ["rule 1 (enrich)", "no lookup", "companies"],
    "{rule: aggregate, by: a, columns: {b: summ}}": ["rule 1 (aggregate)", "'sum', 'mean'"],
    "{rule: aggregate, by: a, columns: {a: sum}}": ["rule 1 (aggregate)", "'a' is named twice"],
}


@pytest.mark.parametrize(("rule", "words"), WRONG.items())
def test_a_wrong_rule_is_named_by_its_number_with_what_to_write(rule: str, words: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_request(f"industry: chips\ntransformations: [{{match: '*.csv', rules: [{rule}]}}]")
    message = str(caught.value)
    for word in ("transformation 1", *words):
        assert word in message
    assert "at least 1 item" not in message


def test_the_rule_of_a_source_is_named_too() -> None:
    source = "{kind: rest, name: crm, url: 'https://a.example/x', rules: [{rule: drop, columns: [a]}, {rule: keep}]}"
    with pytest.raises(InvalidInput, match=r"source 1, rule 2 \(keep\): columns: Field required"):
        parse_request(f"industry: chips\nsources: [{source}]")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("transformations: [{match: crm, rules: [{rule: drop, columns: a}]}]", "no declared source"),
        ("transformations: [{match: ../x.csv, rules: [{rule: drop, columns: a}]}]", "inside the inbox"),
        ("transformations: [{match: '*.csv', rules: []}]", "at least 1 item"),
        ("transformations: [{rules: [{rule: drop, columns: a}]}]", "match: Field required"),
        ("lookups: {companies: a.csv}", "there already"),
        ("lookups: {rows: a.csv}", "there already"),
        ("lookups: {My Regions: a.csv}", "lookups.My Regions"),
    ],
)
def test_what_is_wrong_around_the_rules_is_said(text: str, word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        parse_request(f"industry: chips\n{text}")


def test_every_rule_has_an_example_that_is_accepted_and_survives_being_saved() -> None:
    examples = ", ".join(model.example for model in RULES.values())
    request = parse_request(
        f"industry: chips\nlookups: {{regions: regions.csv, rates: {{file: ecb.csv, kind: rates}}}}\n"
        f"transformations: [{{match: '*.csv', rules: [{examples}]}}]"
    )
    assert [rule.rule for rule in request.transformations[0].rules] == list(RULES)
    assert parse_request(dump_request(request)) == request
    parse_request(f"industry: chips\ntransformations: [{Transformation.example}]")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("crm/*.csv", "crm/deals.csv", True),
        ("crm/*.csv", "crm/2024/deals.csv", False),
        ("crm/**/*.csv", "crm/2024/q1/deals.csv", True),
        ("crm/**/*.csv", "crm/deals.csv", True),
        ("**", "anything/at/all.json", True),
        ("deals-?.csv", "deals-1.csv", True),
        ("deals.csv", "dealsxcsv", False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, fits: bool) -> None:
    rules = [{"rule": "drop", "columns": ["a"]}]
    assert Transformation.model_validate({"match": pattern, "rules": rules}).is_for(path) is fits


def test_the_example_in_the_documentation_holds_every_rule_and_is_accepted() -> None:
    request = parse_request((PROJECT_ROOT / "docs" / "rules.yaml").read_text("utf-8"))
    used = [*request.sources[0].rules, *request.transformations[0].rules]
    assert {rule.rule for rule in used} == set(RULES)
