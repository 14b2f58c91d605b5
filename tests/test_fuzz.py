"""No bytes get anything but a verdict out of a matcher; `benchmarks/fuzz.py` is the long run."""

import pytest

from benchmarks.fuzz_worker import fault, make_matcher
from benchmarks.mutations import Mutant, bases, mutant
from hashguard import Matcher, Outcome, Verdict
from tests.timing import fastest

SEEDS = range(4)  # spread over the test processes
MUTANTS = {"PDQ_STRICT_ORIENTED": 500, "PDQ_STANDARD": 150, "PDQ_DEEP": 50}  # for each seed
SECONDS = 2.0  # of processor time, for any upload at the default limits
DEEP_SECONDS = 4.0  # the same under PDQ_DEEP: 32 frames, each in 1270 variants (docs/matching.md)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("policy", MUTANTS)
def test_mutated_pictures_yield_verdicts_in_time(seed, policy):
    """Bit flips, truncations and splices; pytest makes every warning an error."""
    found = bases()
    matcher = make_matcher(found, policy)
    most = DEEP_SECONDS if policy == "PDQ_DEEP" else SECONDS
    mutants = (mutant(found, seed, index) for index in range(MUTANTS[policy]))
    assert {outcome_of(matcher, mutated, most) for mutated in mutants} == set(Outcome)


def outcome_of(matcher: Matcher, mutated: Mutant, most: float) -> Outcome:
    """Of a verdict as promised, within `most` seconds."""
    verdicts: list[Verdict] = []
    seconds = fastest(lambda: verdicts.append(matcher.check(mutated.data)), under=most)
    assert not any(map(fault, verdicts)), mutated.recipe
    assert seconds < most, mutated.recipe
    return verdicts[0].outcome


def test_the_fuzzer_sees_what_is_wrong():
    """A check that cannot fail checks nothing."""
    found = bases()[-3:]
    verdict = make_matcher(found, "PDQ_STRICT").check(found[0].data)
    assert not fault(verdict)
    assert "not a Verdict" in fault(None)
