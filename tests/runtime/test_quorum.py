"""Whether there are enough different people: exact, as trying every way would find."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from runtime.quorum import Seats, lacking, seating

PEOPLE = "abcde"
STAGES = st.lists(st.builds(Seats, st.integers(1, 2), st.sets(st.sampled_from(PEOPLE))), min_size=1, max_size=3)


def fills(stages: list[Seats], people: str) -> bool:
    """By trying every order of people on every row of seats."""
    row = [stage.able for stage in stages for _ in range(stage.needed)]
    return any(
        all(who in able for who, able in zip(order, row, strict=True)) for order in permutations(people, len(row))
    )


@given(STAGES)
def test_seats_are_filled_where_any_way_fills_them(stages: list[Seats]) -> None:
    found = seating(stages)
    assert isinstance(found, dict) == fills(stages, PEOPLE)
    if isinstance(found, dict):
        assert all(name in stages[number].able for name, number in found.items())
        counts = [sum(one == number for one in found.values()) for number in range(len(stages))]
        assert counts == [stage.needed for stage in stages]


@given(STAGES)
def test_anyone_may_be_absent_where_the_others_fill_every_seat(stages: list[Seats]) -> None:
    others = (PEOPLE.replace(name, "") for name in PEOPLE)
    enough = fills(stages, PEOPLE) and all(fills(stages, people) for people in others)
    assert (lacking(stages, any_one_absent=True) is None) == enough


def test_who_comes_first_makes_way_for_those_who_can_sit_nowhere_else() -> None:
    assert seating([Seats(1, ["ann", "bob"]), Seats(1, ["ann"])]) == {"bob": 0, "ann": 1}
    assert seating([Seats(1, ["ann"]), Seats(1, ["ann"])]) == 1


def test_many_people_at_many_stages_are_seated_at_once() -> None:
    names = [f"n{number}" for number in range(1000)]
    assert lacking([Seats(20, names)] * 10, any_one_absent=True) is None
    assert lacking([Seats(20, names[:199])] * 10) == 9
