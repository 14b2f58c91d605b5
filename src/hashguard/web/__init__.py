"""The page on which a person hashes a picture on their own device: one self-contained file.

    page()     the file as it is shipped
    build()    the file, made anew of its sources
    digest()   the SHA-256 of the shipped file, to compare a copy with
    headers()  what a server sends along with it

The sources lie beside this module: scripts, styles, and the words of each language.
"""

from hashguard.web.page import build, digest, headers, page

__all__ = ["build", "digest", "headers", "page"]
