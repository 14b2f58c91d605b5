"""The shipped page, its digest, and the headers it is served with."""

from __future__ import annotations

import hashlib
import re

from hashguard.web.build import FOLDER, PAGE
from hashguard.web.build import build as _build

# The page's own policy says the rest; a header can also say what a <meta> cannot.
# Pop-ups are for the links to helpers, on the outer page, which has no script; the frame
# with the tool has its own sandbox without them.
_SANDBOX = (
    "sandbox allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox"
)
_FEATURES = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read"),
    *("display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone"),
    *("midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock"),
    *("serial", "storage-access", "usb", "web-share", "window-management", "xr-spatial-tracking"),
)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def page() -> bytes:
    """The page as it is shipped: a whole HTML file, UTF-8."""
    return (FOLDER / PAGE).read_bytes()


def build() -> bytes:
    """The page, made anew of its sources: the same bytes as `page()`."""
    return _build()


def digest() -> str:
    """The SHA-256 of the shipped page, 64 lower-case hex digits."""
    return hashlib.sha256(page()).hexdigest()


def headers() -> dict[str, str]:
    """Name -> value of the HTTP headers that the page should be served with."""
    found = _POLICY.search(page().decode())
    if found is None:
        raise ValueError("the page holds no policy; build it again")
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{found[1]}; {_SANDBOX}; frame-ancestors 'none'",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
