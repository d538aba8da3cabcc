"""From a scenario to rows of trials: tables, luck, compiled kernels, and who plays."""
