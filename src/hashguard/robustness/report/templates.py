"""The one door to Jinja: our templates, into which everything is put escaped."""

from __future__ import annotations

from importlib import resources
from typing import Any

from hashguard.printable import shown


def rendered(name: str, content: dict[str, Any]) -> str:
    """A template of this folder, filled in."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        # The template is ours; what stands in it is not, and is escaped.
        loader=jinja2.FunctionLoader(packaged),
    )
    environment.filters["shown"] = shown
    return environment.get_template(name).render(content) + "\n"


def packaged(name: str) -> str:
    """A file of this folder."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
