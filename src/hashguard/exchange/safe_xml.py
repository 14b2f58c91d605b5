"""XML from elsewhere to a tree, without what makes XML dangerous. Pure.

By the expat of the standard library. A document type is refused where it begins, before an entity
can be declared: so nothing expands, and nothing is read from elsewhere. Depth, elements and
texts have bounds. (defusedxml does the same by the same handlers, and is from 2021.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Never
from xml.parsers import expat

from hashguard.errors import ExchangeError

MAX_DEPTH = 32  # NCMEC's answers have 8
MAX_NODES = 200_000  # a page of 1,000 entries has some 20,000
MAX_TEXT = 65_536  # characters in one element, and in one attribute
_BETWEEN = " "  # namespace and name; no name has a space


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, its attributes, children and own text."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Node | None:
        """The first child of that name."""
        return next((one for one in self.children if one.name == name), None)

    def below(self, *names: str) -> list[Node]:
        """The children of the first child of the first child ... of these names."""
        node: Node | None = self
        for name in names:
            node = None if node is None else node.child(name)
        return [] if node is None else node.children

    def text_of(self, name: str) -> str | None:
        """The text of the first child of that name, trimmed; None if there is none."""
        found = self.child(name)
        return None if found is None else found.text.strip() or None


def read_xml(body: bytes) -> Node:
    """The root of a document. Raises ExchangeError, which quotes nothing."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise ExchangeError("the answer is no XML") from None
    if builder.root is None:
        raise ExchangeError("the answer is no XML")
    return builder.root


def _refuse_doctype(*_: object) -> Never:
    raise ExchangeError("the answer has a document type, which nothing here needs")


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1
        if len(self._open) >= MAX_DEPTH or self._nodes > MAX_NODES:
            raise ExchangeError("the answer is nested too deeply, or has too many elements")
        if any(len(value) > MAX_TEXT for value in attributes.values()):
            raise ExchangeError(f"a text in the answer is longer than {MAX_TEXT} characters")
        node = Node(
            name.rpartition(_BETWEEN)[2],
            {key.rpartition(_BETWEEN)[2]: value for key, value in attributes.items()},
        )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        node = self._open[-1]
        if len(node.text) + len(text) > MAX_TEXT:
            raise ExchangeError(f"a text in the answer is longer than {MAX_TEXT} characters")
        node.text += text
