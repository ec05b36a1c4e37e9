"""Names to things."""

from __future__ import annotations

import pytest

from stnviz.registry import Registry, UnknownName


@pytest.fixture
def colours() -> Registry[int]:
    registry: Registry[int] = Registry("colour")
    registry.add("red", 1)
    registry.add("blue", 2)
    return registry


@pytest.mark.smoke
def test_an_entry_is_found_by_its_name(colours: Registry[int]) -> None:
    assert colours.get("blue") == 2
    assert "blue" in colours
    assert "green" not in colours


@pytest.mark.feature
def test_names_come_in_the_order_of_registration(colours: Registry[int]) -> None:
    colours.add("amber", 3)
    assert colours.names() == ("red", "blue", "amber")
    assert list(colours) == [("red", 1), ("blue", 2), ("amber", 3)]


@pytest.mark.cardinality
def test_length_counts_entries(colours: Registry[int]) -> None:
    assert len(colours) == 2


@pytest.mark.feature
def test_the_decorator_gives_back_what_it_registers(colours: Registry[int]) -> None:
    assert colours.register("green")(4) == 4
    assert colours.get("green") == 4


@pytest.mark.exception
def test_a_name_is_taken_once(colours: Registry[int]) -> None:
    with pytest.raises(ValueError, match="colour named 'red' already"):
        colours.add("red", 9)
    assert colours.get("red") == 1


@pytest.mark.exception
def test_an_unknown_name_is_answered_with_the_known_ones(colours: Registry[int]) -> None:
    with pytest.raises(UnknownName) as caught:
        colours.get("rde")
    assert str(caught.value) == "Unknown colour 'rde': choose one of red, blue."
