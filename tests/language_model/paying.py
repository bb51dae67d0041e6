"""A process that asks a model some questions and is killed while it does: ``paying.py HOME URL FIRST LAST``."""

import sys
from pathlib import Path

from market_research.language_model.calls import Answer
from market_research.settings import Settings
from resources.lake import Lake
from resources.language_model import open_language_model
from tests.language_model.asking import call

if __name__ == "__main__":
    home, url, first, last = sys.argv[1:]
    settings = Settings(home=Path(home), llm="openai/gpt-4o-mini", llm_api_base=url, llm_concurrency=3)
    with open_language_model(settings, Lake(Path(home) / "lake"), "chips", run_id="killed") as model:
        answers = model.gather([call(f"Section {number}") for number in range(int(first), int(last))])
        print(sum(isinstance(answer, Answer) for answer in answers))
