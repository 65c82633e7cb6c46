"""`python -m recorder`: one task in a process of its own; see process.py."""

import sys

from recorder.process import main

sys.exit(main())
