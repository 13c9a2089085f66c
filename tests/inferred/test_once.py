"""What follows from an operation is worked out once for it, and for nothing else."""

from types import SimpleNamespace
from typing import Any

from specdouble.mock.inferred.act import Act, of_operation


def test_a_fact_is_worked_out_once_for_each_operation_and_each_argument() -> None:
    asked: list[tuple[Any, ...]] = []

    @of_operation
    def about(act: Act, *given: str) -> tuple[Any, ...]:
        asked.append((act.spec.key, *given))
        return asked[-1]

    @of_operation
    def other(act: Act) -> str:
        return f"other {act.spec.key}"

    def act(key: str, facts: dict[Any, Any]) -> Any:
        return SimpleNamespace(api=SimpleNamespace(facts=facts), spec=SimpleNamespace(key=key))

    mine: dict[Any, Any] = {}
    for _ in range(2):
        assert about(act("GET /a", mine)) == ("GET /a",)
        assert about(act("GET /b", mine)) == ("GET /b",)
        assert about(act("GET /a", mine), "read") == ("GET /a", "read")
        assert other(act("GET /a", mine)) == "other GET /a"
    assert about(act("GET /a", {})) == ("GET /a",)  # another service
    assert asked == [("GET /a",), ("GET /b",), ("GET /a", "read"), ("GET /a",)]
