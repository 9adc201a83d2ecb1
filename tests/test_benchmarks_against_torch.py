"""PyTorch's step in the benchmark is the same step as ours."""

import numpy as np
import pytest
import torch_twins  # noqa: F401 (without PyTorch it skips these)
from test_benchmarks import losses


@pytest.mark.no_cover
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_pytorch_takes_the_same_steps(cell):
    theirs, ours = losses("PyTorch", cell), losses("rnnhelpers", cell)
    np.testing.assert_allclose(theirs[0], ours[0], rtol=1e-6)
    # PyTorch has a second bias, which moves too: its loss falls a little faster.
    falls = np.diff(theirs).sum() / np.diff(ours).sum()
    assert 1 <= falls < 1.5
