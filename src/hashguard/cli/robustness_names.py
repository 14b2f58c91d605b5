"""`hashguard robustness attacks` and `systems`: what can be measured."""

from __future__ import annotations

from hashguard.cli.terminal import Terminal
from hashguard.errors import MissingExtraError

ATTACKS_EPILOG = """Example:

  hashguard robustness attacks"""
SYSTEMS_EPILOG = """Example:

  hashguard robustness systems"""


def attacks_command() -> int:
    """List the attacks: each with its family, its strengths, and what it does."""
    from hashguard.robustness.attacks import ATTACKS

    terminal = Terminal()
    family = ""
    for attack in ATTACKS:
        if attack.family != family:
            family = attack.family
            terminal.line(("" if attack is ATTACKS[0] else "\n") + family)
        strengths = ", ".join(attack.labels or (f"{strength:g}" for strength in attack.strengths))
        unit = "" if attack.labels else attack.unit.replace("{}", "").strip()
        terminal.line(f"  {attack.name}: {strengths} {unit}".rstrip())
        terminal.line(f"      {attack.about}")
    return 0


def systems_command() -> int:
    """List the systems: those measured by default, and those that are not installed."""
    from hashguard.robustness.systems import registry

    terminal = Terminal()
    for name in registry.KNOWN:
        try:
            about = registry.make(name).about
        except MissingExtraError as error:
            about = f"not installed: {error}"
        mark = "*" if name in registry.DEFAULT else " "
        terminal.line(f"{mark} {name}: {about}")
    terminal.line("\n* measured by default")
    return 0
