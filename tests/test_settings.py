"""Configuration: what wins over what, and that the example file tells of every setting."""

import re
from pathlib import Path

import pytest

from market_research.settings import PROJECT_ROOT, Settings


def test_all_paths_hang_on_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "x")
    for path in (settings.inbox, settings.lake, settings.warehouse, settings.vectors, settings.reports):
        assert path.is_relative_to(tmp_path / "x")


def test_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "yaml_file", "market_research.yaml")
    (tmp_path / "market_research.yaml").write_text("max_file_mb: 7\nsensor_seconds: 8\n")
    monkeypatch.setenv("MARKET_RESEARCH_SENSOR_SECONDS", "9")
    settings = Settings()
    assert (settings.max_file_mb, settings.sensor_seconds, settings.freshness_hours) == (7, 9, 192)


def test_the_example_file_names_every_setting_and_no_other() -> None:
    text = (PROJECT_ROOT / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^#? ?MARKET_RESEARCH_([A-Z_]+)=", text, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
