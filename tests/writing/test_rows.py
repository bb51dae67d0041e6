"""References to rows of a table: written and read back."""

from hypothesis import given
from hypothesis import strategies as st

from market_research.writing.rows import is_rows, read_rows, rows_of


@given(st.dictionaries(st.sampled_from(["aspect", "pattern", "date.from"]), st.text(max_size=60)))
def test_what_is_written_is_read_back(equal: dict[str, str]) -> None:
    item = rows_of("aspect_sentiment", **equal)
    assert is_rows(item)
    assert read_rows(item) == ("aspect_sentiment", equal)


def test_columns_stand_in_their_order() -> None:
    item = rows_of("sales", industry="shop", product_id="prod_1", is_own=True)
    assert item == "rows:sales?industry=shop&is_own=true&product_id=prod_1"
