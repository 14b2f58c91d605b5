"""`python -m hashguard.web`: build the page anew and write it beside its sources."""

import sys

from hashguard.web.build import main

sys.exit(main())
