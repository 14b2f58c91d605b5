"""Put the repository root on the import path of the tests: they import `fixtures.odd`.

pytest adds the folder of the outermost conftest.py; nothing else is needed here.
"""
