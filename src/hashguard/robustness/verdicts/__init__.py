"""What match policies decide on a long list: found copies by grade, wrong matches, undecided.

Systems (run.py) are hashes at fixed distances. A policy with a budget has no fixed distance: its
radius follows from the list and from the upload, so it can only be asked on a list of real length.
"""
