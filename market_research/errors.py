"""The errors that a user meets. Each message says in one sentence what is wrong and what to do next."""


class MarketResearchError(Exception):
    """Base of all errors that the command line prints without a traceback."""


class NotFound(MarketResearchError):
    """Something named by the user does not exist."""


class InvalidInput(MarketResearchError):
    """A file, request or argument cannot be accepted as it is."""


class NotEnoughLabels(MarketResearchError):
    """There is too little to learn a model from."""


class UnreadableDocument(MarketResearchError):
    """A document cannot be read at all; it goes to quarantine whole, with this message as the reason."""


class RunFailed(MarketResearchError):
    """A run ended without its report."""


class DiskFull(MarketResearchError):
    """There is no room left to write to."""
