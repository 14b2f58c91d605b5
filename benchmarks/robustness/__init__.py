"""The robustness of our hashes on a corpus, and what the README says of it."""
