"""Commands on a finished home: reports listed, shown and compared; the whole path of a request."""

import pytest

from e2e.conftest import INDUSTRY, LITTLE
from e2e.house import House

pytestmark = pytest.mark.usefixtures("light_reports")


def test_reports_are_listed_shown_and_opened_by_name(finished: House) -> None:
    listed = finished.cli("report", "list", env={"COLUMNS": "300"}).stdout
    assert finished.newest(LITTLE) in listed
    assert finished.newest(INDUSTRY) in listed
    shown = finished.cli("report", "show", LITTLE).stdout
    assert shown.encode() == finished.report(LITTLE)["md"]
    assert finished.cli("report", "show", finished.newest(LITTLE)).stdout == shown
    missing = finished.cli("report", "show", "nothing", check=False)
    assert missing.returncode == 1
    assert "There is no edition or industry 'nothing'" in missing.stderr


@pytest.mark.long
def test_two_editions_are_compared_sentence_by_sentence(house: House) -> None:
    alone = house.cli("report", "diff", LITTLE, check=False)
    assert alone.returncode == 1
    assert "is the first edition" in alone.stderr
    first = house.newest(LITTLE)
    house.put_little(LITTLE, extra=400)
    house.run(LITTLE)
    compared = house.cli("report", "diff", LITTLE, env={"COLUMNS": "300"}).stdout
    assert "changed" in compared
    assert house.cli("report", "diff", LITTLE, first, env={"COLUMNS": "300"}).stdout == compared
    assert "The two editions say the same" in house.cli("report", "diff", first, first).stdout


def test_a_query_that_cannot_be_answered_says_why(finished: House) -> None:
    wrong = finished.cli("sql", "SELECT shares FROM market_share", check=False)
    assert wrong.returncode == 1
    assert 'Referenced column "shares" not found' in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_search_finds_the_passage(finished: House) -> None:
    found = finished.cli("search", "competitors of Birch", "--industry", LITTLE, env={"COLUMNS": "300"}).stdout
    assert "Birch named Alder and Cedar" in found


def test_an_industry_in_the_list_shows_its_documents_and_edition(finished: House) -> None:
    listed = finished.cli("industry", "list", env={"COLUMNS": "300"}).stdout
    assert finished.newest(LITTLE) in listed
    assert "completed" in listed
