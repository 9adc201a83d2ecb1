"""Spoilt arguments as tests, one for each public function, in the process that runs the tests.

They are the examples of tests/test_hostile_arguments.py, which runs them in processes of their own:
there they can be ended. Here the audit by mutants notes down which lines each of them runs.
"""

import pytest

from audit.fuzzing.arguments import MEMORY, first_complaint, in_a_deep_folder, limited_memory
from audit.fuzzing.calls import CASES

N_EXAMPLES = 4


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_spoilt_arguments_are_explained(case):
    """A function refuses what it cannot take, and says why."""
    with in_a_deep_folder(), limited_memory(MEMORY):
        found = first_complaint(case, case.n_examples(N_EXAMPLES), seed=None)
    assert found is None, f"{found.case} ({found.spoilt}): {found.what}"
