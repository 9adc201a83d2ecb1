"""Search in a process of its own: ``python -m audit.fuzzing --examples 20``."""

from audit.fuzzing.arguments import main

main()
