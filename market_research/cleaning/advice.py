"""What to do about what was noticed in a typed text or a document: one sentence for each kind of sign."""

TYPED = {
    "instructions: override": "Say what the report should stress; its rules of evidence cannot be set aside.",
    "instructions: system_prompt": "`market-research prompt show NAME` prints any prompt; the writer cannot be asked.",
    "instructions: markers": "Take out marks of a chat's turns such as <|system|> or [INST].",
    "instructions: unbound": "Leave out that the model has no limits; the report's rules hold for everybody.",
    "instructions: role": "Describe the reader instead of giving the model another identity.",
    "instructions: steering": "Name the topic to stress rather than the words of the answer.",
    "instructions: concealment": "Say which topics to leave out rather than what to keep from whom.",
    "instructions: exfiltration": "Take out addresses to send something to; a report sends nothing.",
    "instructions: addressed": "Write as to an analyst; nothing needs to be said to a model.",
    "trained classifier": "The whole reads like an attempt to take over a model; say plainly what the report covers.",
    "characters: direction of writing": "Take out marks that turn the direction of writing.",
    "address: data URI": "Put the content of a data URI into a file and ingest it.",
    "size": "Shorten the text, or put material into files and ingest them.",
    "encoding": "Save the text as UTF-8.",
}
_HIDDEN_TYPED = "Write in clear what is hidden or encoded, or leave it out."
_HIDDEN = ("disguised", "hidden")
_HIDING = (
    "Nobody hides orders to a model by accident: ask where the document comes from, and take it out of the inbox if "
    "you do not trust it."
)
_VISIBLE = (
    "Read the place: a text about language models is harmless, one that speaks to them is not. No writer is given it; "
    "take the document out of the inbox if you do not trust it."
)
_NOT_SEEN = "Nobody looked for hidden text here: open the document and see whether it is what it should be."


def on_typed(detector: str) -> str | None:
    """Advice on a sign in a typed text, if there is anything to do."""
    return _HIDDEN_TYPED if detector.startswith(_HIDDEN) else TYPED.get(detector)


def on_found(detector: str) -> str:
    """Advice on a sign in a document."""
    if detector.endswith("not looked for"):
        return _NOT_SEEN
    return _HIDING if detector.removeprefix("before writing: ").startswith(_HIDDEN) else _VISIBLE
