"""Names of metrics."""

import pytest

from market_research.cleaning import metrics


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        ("us-gaap:Revenues", "revenue"),
        ("us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax", "revenue"),
        ("ifrs-full:Revenue", "revenue"),
        ("revenue ($ millions)", "revenue"),
        ("Net Sales", "revenue"),
        ("profit ($ millions)", "net_income"),
        ("operating income ($ millions)", "operating_income"),
        ("revenue_usd_millions", "revenue"),
        ("Technology Diffusion (Comin and Hobijn (2004) and others)", "adoption"),
        ("users (millions)", "users"),
        ("us-gaap:DeferredRevenue", "us-gaap:DeferredRevenue"),
        ("Onshore wind capacity factor", "onshore_wind_capacity_factor"),
        ("total_assets", "total_assets"),
        ("(%)", "value"),
    ],
)
def test_sources_names_become_canonical_or_stay_their_own(concept: str, expected: str) -> None:
    assert metrics.canonical(concept) == expected


def test_the_total_is_preferred_to_a_part_of_revenue() -> None:
    total, part = "us-gaap:Revenues", "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
    assert metrics.concept_rank(total) < metrics.concept_rank(part) < metrics.concept_rank("revenue")


def test_every_concept_and_label_belongs_to_one_metric() -> None:
    concepts = [concept for metric in metrics.METRICS for concept in metric.concepts]
    labels = [label for metric in metrics.METRICS for label in metric.labels]
    assert len(concepts) == len(set(concepts))
    assert len(labels) == len(set(labels))
    assert len(metrics.BY_NAME) == len(metrics.METRICS)
