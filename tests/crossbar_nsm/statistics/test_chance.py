"""Against the sum over numbers of wrong guesses."""

from math import comb

import pytest

from crossbar_nsm.statistics.chance import can_tell_from_chance, chance_error, no_better_than_chance, worse_than_chance


def guessed_at_most(wrong, images, classes):
    """P of a guess at most so often wrong: exact in integers."""
    ways = sum(comb(images, k) * (classes - 1) ** k for k in range(wrong + 1))
    return ways / classes**images


@pytest.mark.parametrize(("images", "classes"), [(5, 2), (20, 2), (2, 10), (50, 10), (300, 10)])
def test_significant_from_the_exact_count_on(images, classes):
    significant = [wrong for wrong in range(images + 1) if guessed_at_most(wrong, images, classes) < 0.05]
    found = [wrong for wrong in range(images + 1) if not no_better_than_chance(wrong / images, images, classes)]
    assert found == significant
    assert can_tell_from_chance(images, classes)
    above = [wrong for wrong in range(images + 1) if 1 - guessed_at_most(wrong - 1, images, classes) < 0.05]
    assert [wrong for wrong in range(images + 1) if worse_than_chance(wrong / images, images, classes)] == above


@pytest.mark.parametrize(("images", "classes"), [(1, 2), (4, 2), (1, 10), (1, 20)])
def test_nothing_is_told_of_images_that_a_guess_may_all_get_right(images, classes):
    assert guessed_at_most(0, images, classes) >= 0.05
    assert not can_tell_from_chance(images, classes)
    assert not any(no_better_than_chance(wrong / images, images, classes) for wrong in range(images + 1))


def test_error_of_a_guess():
    assert chance_error(4) == 0.75
