"""Speech to text for terminals."""

from __future__ import annotations

import hashlib

from specdouble.mock.kit import Call, Doc, Problem, op

from ..kernel import _forms
from ..money import _money, _rates

SENTENCES = (
    "What is on my list today?",
    "Show me the notes from last week.",
    "How many tokens do I have left?",
    "Remind me to water the plants on Friday.",
)


@op("POST /v1/voice/stt")
def transcribe(call: Call) -> Doc:
    """Turn a recording into text, for the price of a transcription: equal bytes give an equal sentence."""
    if not _rates.voice_enabled(call.world):
        raise Problem(403, "Voice is switched off. An administrator can switch it on.")
    _fields, audio = _forms.read(call, "audio")
    cost = _rates.voice_cost(call.world, "stt")
    if cost:
        _money.debit(call.world, call.user_id, cost, "deduct", description="Speech to text")
    return {"text": SENTENCES[hashlib.sha256(audio.content).digest()[0] % len(SENTENCES)]}
