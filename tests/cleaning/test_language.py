"""Languages of texts: told where there is enough text of one language, null where not."""

from pathlib import Path

import pytest

from market_research.cleaning import language
from market_research.cleaning.stage import stage
from market_research.retrieval import chunking
from market_research.sources.parse import parse

DOCUMENT = "doc_0123456789abcdef"
SENTENCES = {
    "de": "Der Umsatz des Unternehmens stieg im vergangenen Quartal um zwölf Prozent auf drei Milliarden Euro.",
    "fr": "Le chiffre d'affaires de l'entreprise a augmenté de douze pour cent au cours du dernier trimestre.",
    "es": "Las ventas de la empresa crecieron un doce por ciento durante el último trimestre del año.",
    "nl": "De omzet van het bedrijf steeg in het afgelopen kwartaal met twaalf procent tot drie miljard euro.",
    "ja": "会社の売上高は前四半期に十二パーセント増加し、三十億ユーロに達しました。",
    "zh": "该公司上季度的销售额增长了百分之十二,达到三十亿欧元。",
    "ru": "Выручка компании за последний квартал выросла на двенадцать процентов и составила три миллиарда евро.",
    "en": "The revenue of the company grew by twelve percent in the last quarter and reached three billion euros.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_tells_its_language(code: str) -> None:
    assert language.of([SENTENCES[code]]) == code
    assert language.of([SENTENCES[code].upper()] * 3) == code


@pytest.mark.parametrize(
    "text", ["", "Intel", "12 | 13 | (4)", "Q3 2024: +12 %", "https://example.com/der/die/das/und"]
)
def test_what_is_short_or_has_no_words_has_no_language(text: str) -> None:
    assert language.of([text] * 5) is None


def test_a_document_in_two_languages_has_none_but_a_quotation_does_not_change_it() -> None:
    english, german = SENTENCES["en"], SENTENCES["de"]
    assert language.of([english, german] * 8) is None
    assert language.of([f"{english} {german}"]) is None
    assert language.of([*[english] * 9, german]) == "en"


def test_tables_amidst_text_do_not_count() -> None:
    assert language.of([SENTENCES["de"], "Umsatz | 12 | 13 | 14 | 15", "EBIT | 3 | 4 | 5 | 6"] * 4) == "de"


def test_plain_english_is_told_without_the_trained_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_guess", lambda piece: pytest.fail("the model was asked"))
    assert language.of([SENTENCES["en"]] * 40) == "en"


def test_a_feed_tells_the_language_of_each_item_and_of_the_whole() -> None:
    items = "".join(
        f"<item><title>{n}</title><description>{SENTENCES[code]}</description>"
        "<pubDate>Mon, 02 Jan 2023 10:00:00 GMT</pubDate></item>"
        for n, code in enumerate(["de", "fr", "de", "de", "de", "de", "de"])
    )
    feed = f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()
    made = stage(parse(feed, "news.rss"), industry="chips", document_id=DOCUMENT, uri="news.rss")
    assert made.passages["language"].to_list() == ["de", "fr", "de", "de", "de", "de", "de"]
    assert made.language == "de"


def test_a_page_has_one_language_and_its_passages_none_of_their_own() -> None:
    page = f"<html><body><p>{SENTENCES['fr']}</p><p>{SENTENCES['fr']}</p></body></html>".encode()
    made = stage(parse(page, "page.html"), industry="chips", document_id=DOCUMENT, uri="page.html")
    assert (made.language, made.passages["language"].null_count()) == ("fr", made.passages.height)


def test_real_filings_are_in_english_and_real_feeds_in_their_languages(real_data: Path) -> None:
    filing = next((real_data / "sec_10k").glob("nvda*.html"))
    feeds = real_data / "rss_feeds"
    expected = {filing: "en", feeds / "guardian.rss": "en", feeds / "heise.atom": "de", feeds / "encoding.rss": "pt"}
    found = {}
    for path in expected:
        passages = chunking.passages(parse(path.read_bytes(), path.name).blocks)
        found[path] = language.of([passage.text for passage in passages])
    assert found == expected
