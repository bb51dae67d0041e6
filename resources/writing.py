"""The writer of this installation: the language model that is configured, or none."""

import json
from dataclasses import replace
from functools import cache

from market_research.language_model.errors import NoModel
from market_research.settings import Settings
from market_research.writing.evidence import Evidence
from market_research.writing.frameworks.progress import Notify, silent
from market_research.writing.frameworks.rows import Component
from market_research.writing.llm.plan import PLANS, SUMMARY
from market_research.writing.llm.searches import EXPAND
from market_research.writing.llm.section import REPAIR
from market_research.writing.material import Material
from market_research.writing.outline import Outline
from resources import frameworks, prompting
from resources.lake import Lake


def inputs(settings: Settings) -> str:
    """What the writer adds to an edition's inputs: models and prompts' versions; nothing for the offline writer.

    Raises:
        InvalidInput: the prompts cannot be used.
    """
    if not settings.llm:
        return ""
    library = prompting.library(settings)
    own = frameworks.PROMPTS if settings.frameworks == "model" else ()
    names = (*(plan.key for plan in (*PLANS, SUMMARY)), REPAIR, *own)
    names += (EXPAND,) if settings.widen_searches else ()
    versions = {name: library.version(name) for name in names}
    by_rules = ["frameworks by rules"] if settings.frameworks == "rules" else []
    return json.dumps([settings.llm, settings.llm_fast, settings.llm_fallbacks, versions, *by_rules])


def write(
    settings: Settings, lake: Lake, material: Material, evidence: Evidence, *, run_id: str, edition_id: str,
    whole: Evidence | None = None, notify: Notify = silent,
) -> tuple[Material, Outline]:  # fmt: skip
    """The report's outline, by the model where it can be used, and the material with the frameworks that it shows.

    The industry's lock must be held where a model is configured. ``whole`` is all evidence, where ``evidence`` is what
    a reader's selection leaves of it; ``notify`` is told how far the frameworks have come.

    Raises:
        InvalidInput: a setting or a prompt cannot be used.
    """
    from market_research.writing.offline import writer as offline

    components = frameworks.base(material, evidence, whole)

    def shown(made: tuple[Component, ...]) -> Material:
        return replace(material, components=frameworks.with_changes(lake, material, evidence, made, whole))

    plain = shown(components)
    if not settings.llm:
        return plain, offline.write(plain)
    from market_research.writing.llm import writer as llm
    from market_research.writing.llm.section import Desk
    from resources.language_model import open_language_model

    fill = prompting.filling(settings, material.asked.contexts if material.asked else ())
    try:
        with open_language_model(settings, lake, evidence.industry, run_id=run_id, edition_id=edition_id) as model:
            desk = Desk(model, prompting.filling(settings), evidence, ())
            completed = cache(lambda: shown(frameworks.by_model(settings, material, desk, components, notify)))
            outline = llm.write(plain, evidence, model, fill, completed)
            return completed(), outline
    except NoModel as error:
        ready = shown(frameworks.without_model(settings, material, components, error))
        return ready, llm.write(ready, evidence, error, fill)
