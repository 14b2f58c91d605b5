"""Sharing hashes with others: StopNCII, NCMEC, threatexchange, and platforms that ask us.

The clients and the server speak the interfaces that platforms run already; docs/exchange.md
says what each takes, keeps and refuses. Nothing is imported here: each part brings libraries of
its own, which are extras (`exchange`, `server`, `threatexchange`).
"""
