#!/usr/bin/env bash
# The course on The Littlest JupyterHub. As root, in a folder that holds the course:
#     bash docs/hub/tljh/setup.sh
# Again after each change of the course: what learners have saved is not touched.
#
# NOTEBOOKS=FOLDER gives out the notebooks of another folder, such as one of `make handout`.
set -euo pipefail

course=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
tljh=${TLJH:-/opt/tljh}
shared=${SHARED:-/srv/how-rnns-work}
notebooks=${NOTEBOOKS:-$course/notebooks}
python=$tljh/user/bin/python
config=$tljh/hub/bin/tljh-config

stop() {
  printf '%s\n' "$@" >&2
  exit 1
}

[ -x "$python" ] || stop "There is no $python. Install The Littlest JupyterHub first, or say where it is: TLJH=FOLDER."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "$("$python" --version) is in $tljh/user; the course needs 3.11 or newer." \
    "TLJH 1 brings 3.10. Install a newer TLJH on a new machine, or another Python into $tljh/user with mamba."
compgen -G "$notebooks/*.ipynb" >/dev/null || stop "There are no notebooks in $notebooks."

echo "The packages, into the environment of the learners ..."
"$python" -m pip install --quiet --upgrade "$course[course]"

echo "What the learners are given, into $shared ..."
mkdir -p "$(dirname "$shared")"
new=$(mktemp -d "$shared.new-XXXXXX")
trap 'rm -rf "$new"' EXIT
mkdir "$new/notebooks" "$new/docs"
cp "$notebooks"/*.ipynb "$new/notebooks"
cp "$course"/docs/glossary.md "$course"/docs/misconceptions.md "$new/docs"  # no exam
chmod -R u=rwX,go=rX "$new"
old=$shared.old-$$
[ ! -e "$shared" ] || mv "$shared" "$old"
mv "$new" "$shared"
rm -rf "$old"

echo "JupyterLab: no news from the internet, the glossary as a page ..."
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$course "$python" - <<'END'
import sys
from pathlib import Path

import course

course.prepare_jupyterlab(Path(sys.prefix) / "share/jupyter/lab/settings/overrides.json")
END

echo "The hub: how a server starts, what it may need, and when it is stopped ..."
mkdir -p "$tljh/config/jupyterhub_config.d"
install -m 644 "$course/docs/hub/tljh/how_rnns_work.py" "$tljh/config/jupyterhub_config.d/"
"$config" set user_environment.default_app jupyterlab
"$config" set limits.memory 2G  # as measured: docs/hub/README.md
"$config" set limits.cpu 1
"$config" set services.cull.timeout 3600 # ten minutes by default, less than a section takes to read
"$config" set services.cull.every 300
"$config" reload hub
echo "Done. Servers that run now are as before; a learner's next start brings the new files."
