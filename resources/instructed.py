"""A report from a reader's instruction file, of an industry's evidence as it stands."""

from market_research.errors import InvalidInput
from market_research.writing.instruction import EVIDENCE_COLUMNS, Instruction
from resources.editions import Made, Wish, latest
from resources.workspace import Workspace


def instructed(workspace: Workspace, name: str, asked: Instruction) -> Made:
    """Make the report and publish it; ``name`` is the file's name, by which its editions are compared.

    Raises:
        InvalidInput: the industry has not been run, the query fails or gives nothing, or nothing is left to write from.
    """
    if latest(workspace.lake, asked.industry) is None:
        raise InvalidInput(
            f"{asked.industry} has no report yet to draw on; `market-research run --industry {asked.industry}` first."
        )
    wish = Wish(name, asked, None if asked.data is None else _chosen(workspace, asked.data))
    with workspace.lock(asked.industry):
        made = workspace.press.make(asked.industry, wish)
        workspace.publish(asked.industry)
    return made


def _chosen(workspace: Workspace, query: str) -> frozenset[str]:
    """The ids that the query gives.

    Raises:
        InvalidInput: it fails, or gives none.
    """
    rows = workspace.warehouse.query(query)
    columns = [name for name in EVIDENCE_COLUMNS if name in rows.columns]
    if not columns:
        raise InvalidInput(f"data: the query gives no column {', '.join(EVIDENCE_COLUMNS)}; it gives {rows.columns}.")
    ids = frozenset(str(one) for name in columns for one in rows[name].drop_nulls().to_list())
    if not ids:
        raise InvalidInput("data: the query finds nothing; try it with `market-research sql`.")
    return ids
