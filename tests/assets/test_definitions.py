"""The graph loads quickly, holds every table, and its gates hold back bad rows."""

import subprocess
import sys

import dagster as dg

from assets.connectors import source_key
from assets.sources import CHECKED
from market_research.connectors.registry import connectors
from market_research.definitions import defs
from market_research.settings import PROJECT_ROOT, SQL_FOLDER

HEAVY = (
    "great_expectations", "litellm", "openai", "tiktoken", "lancedb", "weasyprint", "matplotlib", "onnx", "onnxruntime",
    "docx", "sklearn", "torch", "pandas", "bs4", "feedparser", "pypdfium2", "ixbrlparse", "babel", "yfinance",
    "trafilatura", "sqlalchemy.orm", "hishel", "httpx", "py3langid", "rapidfuzz",
)  # fmt: skip


def test_loading_the_definitions_imports_no_heavy_library() -> None:
    code = f"import sys, market_research.definitions; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_definitions_can_be_loaded_by_dagster() -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_sql_file_is_an_asset_with_its_comment_as_description() -> None:
    graph = defs.resolve_asset_graph()
    for path in (path for path in SQL_FOLDER.glob("*/*.sql") if path.parent.name != "views"):
        node = graph.get(dg.AssetKey(path.stem))
        first_line = path.read_text("utf-8").splitlines()[0].removeprefix("--").strip()
        assert (node.description or "").startswith(first_line)
        assert node.group_name == path.parent.name


def test_every_asset_is_partitioned_by_industry_has_an_owner_and_a_freshness_policy() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.partitions_def is not None
        assert spec.partitions_def.name == "industry"  # type: ignore[attr-defined]
        assert spec.owners
        assert spec.freshness_policy is not None


def test_every_staged_table_has_a_blocking_check() -> None:
    graph = defs.resolve_asset_graph()
    staged = {key for key in graph.asset_check_keys if key.asset_key.path[0] == "staged"}
    assert {key.asset_key for key in staged} == {dg.AssetKey(["staged", table.name]) for table in CHECKED}
    for key in staged:
        assert graph.get_check_spec(key).blocking


def test_every_source_is_an_asset_with_a_check_that_blocks_nothing_and_a_clock_of_its_own() -> None:
    graph = defs.resolve_asset_graph()
    keys = {source_key(connector) for connector in connectors().values()}
    assert {key.asset_key for key in graph.asset_check_keys if key.asset_key.path[0] == "source"} == keys
    assert keys <= graph.get(dg.AssetKey("raw_documents")).parent_keys
    for key in graph.asset_check_keys:
        if key.asset_key in keys:
            assert not graph.get_check_spec(key).blocking
    schedules = {schedule.name for schedule in defs.get_repository_def().schedule_defs}
    assert schedules == {"refresh", "evaluate_models", *(f"fetch_{name}" for name in connectors())}


def test_making_a_report_asks_no_source() -> None:
    selected = defs.resolve_job_def("industry_report").asset_layer.selected_asset_keys
    assert dg.AssetKey("report") in selected
    assert [key for key in selected if key.path[0] == "source"] == []


def test_the_graph_runs_from_documents_to_the_warehouse() -> None:
    graph = defs.resolve_asset_graph()
    above = graph.get_ancestor_asset_keys(dg.AssetKey("warehouse"), include_self=True)
    assert above == set(graph.get_all_asset_keys())
