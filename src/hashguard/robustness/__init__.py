"""How robust a hash is: attacks, systems, scores, report.

Three stages that meet in files only: `run` attacks pictures and keeps what each system makes of
them, `score` turns that into rates, `report` into pages. docs/robustness.md says how.
"""
