"""All attacks together: told apart, sent to processes, few enough for a run of an hour."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context

import numpy as np

from hashguard.robustness.attack import Setting
from hashguard.robustness.attacks import ATTACKS

SETTINGS = [setting for attack in ATTACKS for setting in attack.settings()]


def test_names_and_labels_differ():
    """Results are looked up by them."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len({setting.label for setting in SETTINGS}) == len(SETTINGS)


def test_a_family_stands_together():
    """Under one heading of the report."""
    families = [family for family, _ in groupby(attack.family for attack in ATTACKS)]
    assert len(set(families)) == len(families)


def test_every_attack_has_a_strength_axis():
    """One setting would say nothing of where a hash gives up."""
    assert min(len(attack.strengths) for attack in ATTACKS) >= 2


def test_settings_are_few_enough():
    """310 with 9 systems took two cores 38 minutes for 311 photographs; 45 are the limit."""
    assert len(SETTINGS) <= 330


def make(setting: Setting, side: int) -> bytes:
    pixels = np.add.outer(np.arange(side), np.arange(side)).astype(np.uint8)
    return setting.make(np.dstack([pixels] * 3), seed=1, picture="p")


def test_another_process_makes_the_same_copies():
    """An attack can be sent there, and draws on nothing of this one."""
    some = [next(attack.settings()) for attack in ATTACKS]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = list(pool.map(make, some, [96] * len(some)))
    assert there == [make(setting, 96) for setting in some]
