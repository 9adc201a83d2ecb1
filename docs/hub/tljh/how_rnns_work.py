"""For The Littlest JupyterHub: /opt/tljh/config/jupyterhub_config.d/how_rnns_work.py.

How a learner's server starts: their copy of the course first, then JupyterLab on notebook 00.
Limits and culling are settings of tljh-config: see setup.sh beside this file.
"""

import os

# Where setup.sh puts them. `make benchmark ARGS=hub` runs this file with other places.
COURSE = os.environ.get("HOW_RNNS_WORK_COURSE", "/srv/how-rnns-work")
PYTHON = os.environ.get("HOW_RNNS_WORK_PYTHON", "/opt/tljh/user/bin/python")

c = get_config()  # noqa: F821, of JupyterHub, which reads this file

# -P: a file random.py in somebody's home is not taken for the module of that name.
c.Spawner.cmd = [PYTHON, "-P", "-m", "rnnhelpers.classroom", COURSE, "jupyterhub-singleuser"]
# Kernels are reached through files of the learner's own, not through ports: whoever else is on the
# machine could listen there to what a kernel prints.
c.Spawner.args = [
    "--KernelManager.transport=ipc",
    # An hour after its page was closed, a kernel gives its memory back.
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_interval=300",
]
c.Spawner.default_url = f"/lab/tree/{os.path.basename(COURSE)}/notebooks/00_start_here.ipynb"
c.Spawner.environment = {
    # One thread a learner: more of them would wait for each other, and the matrices are small.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# The whole class comes at the same minute: copying the course and starting take their time then.
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
