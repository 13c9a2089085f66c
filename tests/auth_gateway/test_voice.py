"""Speech to text: equal recordings give an equal sentence, for a price, while voice is on."""

from __future__ import annotations

from io import BytesIO

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.agent.voice import SENTENCES
from specdouble.packs.imperal.mockserver.auth_gateway.money import _rates
from tests.conftest import Client, Reply

ADA = "imp_u_abc123"
STT = "/v1/voice/stt"


def send(client: Client, audio: bytes, part: str = "audio") -> Reply:
    return client.post(STT, data={part: (BytesIO(audio), "voice.wav", "audio/wav")})


def balance(client: Client) -> int:
    return int(client.get("/v1/billing/balance").json["balance"])


def test_a_recording_becomes_a_sentence_for_its_price(user: Client) -> None:
    before = balance(user)
    first, again = send(user, b"RIFF one"), send(user, b"RIFF one")
    assert (first.status, first.json) == (200, again.json)
    assert first.json["text"] in SENTENCES
    assert balance(user) == before - 2 * 20
    assert len({send(user, bytes([number])).json["text"] for number in range(20)}) > 1


def test_the_price_is_the_administrators(user: Client, world: World) -> None:
    _rates.write(world, "voice-costs", {"stt": 0, "speak": 0})
    before = balance(user)
    assert send(user, b"RIFF").status == 200
    assert balance(user) == before


def test_voice_can_be_switched_off(user: Client, world: World) -> None:
    _rates.write(world, "voice-enabled", {"enabled": False})
    before = balance(user)
    assert send(user, b"RIFF").status == 403
    assert balance(user) == before


def test_an_empty_wallet_is_402(user: Client, world: World) -> None:
    world.state["ledger"].remove_where(user_id=ADA)
    assert send(user, b"RIFF").status == 402


def test_it_takes_a_form_with_the_recording_from_a_caller(user: Client, gateway: Client) -> None:
    assert send(user, b"RIFF", part="file").status == 422
    assert user.post(STT, {"audio": "RIFF"}).status == 422
    assert send(gateway, b"RIFF").status == 401
