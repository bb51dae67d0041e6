"""Every connector that is registered keeps to what a connector is."""

import subprocess
import sys

import pytest

from market_research.connectors.base import Connector
from market_research.connectors.registry import connectors
from market_research.industries import parse_request

REQUEST = parse_request(
    """
    industry: software
    companies: [{name: Example, cik: "1234567", ticker: EXMP}, {name: Other}]
    sic: ["7372"]
    keywords: [cloud]
    feeds: ["https://news.example.com/rss"]
    sources:
      - {kind: rest, name: crm, url: "https://crm.example.com/deals"}
      - {kind: sql, name: warehouse, url_env: DB, query: SELECT 1}
      - {kind: web_page, name: prices, urls: ["https://shop.example.com/"], fields: {title: title}}
    """
)


@pytest.mark.parametrize("connector", connectors().values(), ids=lambda connector: connector.name)
def test_the_same_definition_gives_the_same_questions_each_with_a_path_of_its_own(connector: Connector) -> None:
    asks = list(connector.asks(REQUEST))
    assert asks == list(connector.asks(REQUEST))
    paths = [ask.path for ask in asks]
    assert len(set(paths)) == len(paths)
    for path in paths:
        assert path.strip("/") == path
        assert ".." not in path.split("/")


def test_looking_at_connectors_imports_nothing_heavy() -> None:
    heavy = "pandas yfinance trafilatura sqlalchemy hishel httpx httpcore feedparser bs4 pyarrow tenacity".split()
    program = (
        "import sys; from market_research.connectors.registry import connectors; connectors();"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
