"""The page with code that somebody hid in its script: the attempts, to be set off by an event.

Code that a driver runs is not the page's: Firefox, for one, lets it navigate without the page's
policy. So the attempts are written into the script of the page itself, whose digest in the
policies is corrected, as whoever tampers with the file would.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json

from tests.web.attempts import ATTEMPTS, BARE, PRELUDE

_START, _END = "srcdoc='", "'></iframe>"
_LISTEN = """
addEventListener("attempt", () => {
  const {name, url, data, ports} = JSON.parse(document.body.dataset.attempt);
  try {
    const done = attempts[name](url, data, ports);
    done?.catch?.(() => {});
  } catch {} // it was refused: the listener is what tells
});
"""


def script() -> str:
    """The attempts as a script of a page, which runs one on the event `attempt`."""
    functions = "".join(
        f"attempts[{json.dumps(attempt.name)}] = (url, data, ports) => "
        f"{{\n{PRELUDE}{attempt.script}\n}};\n"
        for attempt in (*ATTEMPTS, *BARE)
    )
    return f"(() => {{\nconst attempts = {{}};\n{functions}{_LISTEN}}})();\n".replace("</", "<\\/")


def hidden_in(page: bytes) -> bytes:
    """The page with the attempts at the end of its one script."""
    text = page.decode()
    before, _, rest = text.partition(_START)
    inner, _, after = rest.rpartition(_END)
    head, _, tail = html.unescape(inner).rpartition("<script>")
    old, _, end = tail.partition("</script>")
    new = old + script()
    assert _digest(old) in text, "the script is not the one of the policy"
    inner = f"{head}<script>{new}</script>{end}".replace("&", "&amp;").replace("'", "&#39;")
    changed = f"{before}{_START}{inner}{_END}{after}"
    return changed.replace(_digest(old), _digest(new)).encode()


def open_page() -> bytes:
    """The control: frames as in the page, but nothing that contains them."""
    inner = html.escape(f"<!doctype html><body><p>open</p><script>{script()}</script>")
    return (
        "<!doctype html><title>open</title>"
        "<script>onmessage = (event) => fetch(event.data)</script>"
        f'<iframe id="tool" width="600" height="400" srcdoc="{inner}"></iframe>'
    ).encode()


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
