"""Folders of arrays: written whole or not at all, mapped from disk, refused when damaged."""
