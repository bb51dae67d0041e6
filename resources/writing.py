"""The writer of this installation: the language model that is configured, or none."""

import json

from market_research.language_model.errors import NoModel
from market_research.settings import Settings
from market_research.writing.evidence import Evidence
from market_research.writing.llm.plan import PLANS, SUMMARY
from market_research.writing.llm.searches import EXPAND
from market_research.writing.llm.section import REPAIR
from market_research.writing.material import Material
from market_research.writing.outline import Outline
from resources import prompting
from resources.frameworks import PROMPTS as FRAMEWORK_PROMPTS
from resources.lake import Lake


def inputs(settings: Settings) -> str:
    """What the writer adds to an edition's inputs: models and prompts' versions; nothing for the offline writer.

    Raises:
        InvalidInput: the prompts cannot be used.
    """
    if not settings.llm:
        return ""
    library = prompting.library(settings)
    own = FRAMEWORK_PROMPTS if settings.frameworks == "model" else ()
    names = (*(plan.key for plan in (*PLANS, SUMMARY)), REPAIR, *own)
    names += (EXPAND,) if settings.widen_searches else ()
    versions = {name: library.version(name) for name in names}
    by_rules = ["frameworks by rules"] if settings.frameworks == "rules" else []
    return json.dumps([settings.llm, settings.llm_fast, settings.llm_fallbacks, versions, *by_rules])


def write(
    settings: Settings, lake: Lake, material: Material, evidence: Evidence, *, run_id: str, edition_id: str
) -> Outline:
    """The report's outline, by the model where it can be used; the industry's lock must be held then.

    Raises:
        InvalidInput: a setting or a prompt cannot be used.
    """
    from market_research.writing.offline import writer as offline

    if not settings.llm:
        return offline.write(material)
    from market_research.writing.llm import writer as llm
    from resources.language_model import open_language_model

    fill = prompting.filling(settings, material.asked.contexts if material.asked else ())
    industry = evidence.industry
    try:
        with open_language_model(settings, lake, industry, run_id=run_id, edition_id=edition_id) as model:
            return llm.write(material, evidence, model, fill)
    except NoModel as error:
        return llm.write(material, evidence, error, fill)
