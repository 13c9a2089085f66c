"""What every operation of a pack writes can be kept: it comes back from the file as it was."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from specdouble.mock.testing import open_mock
from specdouble.verify.problems import Unmet
from tests.backends.test_surviving import everything
from tests.recipes import API, Recipes

STREAMS = "text/event-stream"


def test_what_every_operation_writes_comes_back(tmp_path: Path) -> None:
    state = f"sqlite:{tmp_path / 'state.db'}"
    with open_mock("imperal", state=state, internal=False) as mock:
        recipes = Recipes(mock.platform, {name: mock.app(name) for name in mock.platform.services})
        assert mock.platform.state is not None
        before, done = mock.platform.state.number, 0
        for op in API.contract.ops:
            declared = op.spec.response(200)
            if declared is not None and declared.media_type == STREAMS:
                continue  # it would never end, and writes nothing
            with suppress(Unmet):  # what the verifier would not send to accounts that were given
                done += recipes.session.play(recipes.ready(op.service, op.key)).status < 300
        assert done > len(API.contract.ops) * 0.9
        assert mock.platform.state.number > before + done / 3
        kept = everything(mock)
        recipes.session.client.http.close()
    with open_mock("imperal", state=state, internal=False) as mock:
        assert everything(mock) == kept
