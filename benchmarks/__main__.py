"""`python -m benchmarks`, from a checkout."""

import sys

from .suite import main

sys.exit(main())
