"""What runs the course on a shared server: the files agree, and the script does what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from nbformat import v4
from packaging.specifiers import SpecifierSet
from traitlets.config.loader import PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[1]
HUB = ROOT / "docs" / "hub"
README = (HUB / "README.md").read_text(encoding="utf-8")
SETUP = (HUB / "tljh" / "setup.sh").read_text(encoding="utf-8")
DOCKERFILE = (HUB / "z2jh" / "Dockerfile").read_text(encoding="utf-8")
VALUES = yaml.safe_load((HUB / "z2jh" / "values.yaml").read_text(encoding="utf-8"))
sys.path.insert(0, str(ROOT))

from benchmarks.hub import comparing, server  # noqa: E402
from benchmarks.hub.usage import Usage, learners_that_fit, total  # noqa: E402


@pytest.fixture
def spawner(monkeypatch):
    """What the snippet for TLJH sets, where nothing else is said."""
    for name in ("HOW_RNNS_WORK_COURSE", "HOW_RNNS_WORK_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    loader = PyFileConfigLoader("how_rnns_work.py", path=str(HUB / "tljh"))
    return loader.load_config().Spawner


# The files agree ------------------------------------------------------------------------------


def test_a_server_starts_in_the_same_way_on_both(spawner):
    on_kubernetes = VALUES["singleuser"]
    n_words = len(spawner.cmd)
    assert on_kubernetes["cmd"][:n_words] == ["python", *spawner.cmd[1:]]
    sockets, *culling = spawner.args  # in a container of their own, learners need no sockets
    assert on_kubernetes["cmd"][n_words:] == culling
    assert sockets == "--KernelManager.transport=ipc"
    assert on_kubernetes["extraEnv"] == spawner.environment
    assert on_kubernetes["defaultUrl"] == spawner.default_url


def test_it_starts_with_the_notebook_that_says_how_to_start(spawner):
    assert spawner.cmd[:4] == ["/opt/tljh/user/bin/python", "-P", "-m", "rnnhelpers.classroom"]
    folder, _, notebook = spawner.default_url.removeprefix("/lab/tree/").partition("/")
    assert Path(spawner.cmd[4]).name == folder
    assert (ROOT / notebook).exists()


def test_limits_and_culling_are_the_same_on_both():
    said = dict(re.findall(r'^"\$config" set ([\w.]+) (\w+)', SETUP, re.MULTILINE))
    assert said["limits.memory"] == VALUES["singleuser"]["memory"]["limit"]
    assert float(said["limits.cpu"]) == VALUES["singleuser"]["cpu"]["limit"]
    assert int(said["services.cull.timeout"]) == VALUES["cull"]["timeout"]
    assert int(said["services.cull.every"]) == VALUES["cull"]["every"]


def test_nobody_is_let_in_unseen():
    config = VALUES["hub"]["config"]
    assert config["JupyterHub"]["authenticator_class"] == "generic-oauth"
    assert VALUES["proxy"]["https"]["enabled"]
    assert not re.search(r"dummy", SETUP + json.dumps(VALUES), re.IGNORECASE)


def test_the_python_of_the_image_is_one_of_the_course():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [version] = re.findall(r"^FROM python:([\d.]+)-slim$", DOCKERFILE, re.MULTILINE)
    assert version in SpecifierSet(project["requires-python"])


def test_the_image_holds_what_its_command_needs(spawner):
    words = json.loads(re.search(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[1])
    assert words == VALUES["singleuser"]["cmd"][: len(words)]
    sources = [
        source
        for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert {"rnnhelpers", "notebooks/*.ipynb", "docs/glossary.md"} <= set(sources)
    assert not any(path.name == "exam.md" for source in sources for path in ROOT.glob(source))
    for source in sources:
        assert list(ROOT.glob(source)), source
    assert spawner.cmd[4] + "/notebooks/" in DOCKERFILE


# The script for TLJH --------------------------------------------------------------------------

needs_posix = pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run on Windows")
PIP = "import sys, pathlib\npathlib.Path(sys.prefix, 'asked-of-pip').write_text(sys.argv[-1])\n"
CONFIG = '#!/bin/sh\necho "$*" >> "$(dirname "$0")/asked"\n'


@pytest.fixture
def tljh(tmp_path):
    """The folders of a TLJH: a real Python; pip and tljh-config only note what is asked of them."""
    folder = tmp_path / "tljh"
    venv.create(folder / "user", with_pip=False, symlinks=True)
    version = "python{}.{}".format(*sys.version_info[:2])
    (folder / "user" / "lib" / version / "site-packages" / "pip.py").write_text(PIP)
    config = folder / "hub" / "bin" / "tljh-config"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG)
    config.chmod(0o755)
    return folder


def set_up(tljh, **environment):
    environment = os.environ | {"TLJH": str(tljh), "SHARED": str(tljh / "srv/course")} | environment
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    command = [shutil.which("bash"), str(HUB / "tljh" / "setup.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@needs_posix
def test_the_script_installs_shares_and_configures(tljh):
    result = set_up(tljh)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tljh / "user" / "asked-of-pip").read_text() == f"{ROOT}[course]"
    shared = tljh / "srv" / "course"
    given = {path.relative_to(shared).as_posix() for path in shared.rglob("*.*")}
    assert given >= {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert "docs/glossary.md" in given
    assert "docs/exam.md" not in given
    assert not any("hub" in name or "my_progress" in name for name in given)
    modes = {path.stat().st_mode & 0o777 for path in [shared, *shared.rglob("*")]}
    assert modes == {0o755, 0o644}  # all may read, the instructor alone may write
    overrides = json.loads(
        (tljh / "user/share/jupyter/lab/settings/overrides.json").read_text(encoding="utf-8")
    )
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    snippet = tljh / "config/jupyterhub_config.d/how_rnns_work.py"
    assert snippet.read_bytes() == (HUB / "tljh/how_rnns_work.py").read_bytes()
    asked = (tljh / "hub/bin/asked").read_text().splitlines()
    assert "set limits.memory 2G" in asked
    assert asked[-1] == "reload hub"


@needs_posix
def test_a_second_time_it_gives_other_notebooks_and_leaves_nothing_behind(tljh, tmp_path):
    set_up(tljh)
    (tmp_path / "handout").mkdir()
    (tmp_path / "handout" / "01_only.ipynb").write_text("{}")
    assert set_up(tljh, NOTEBOOKS=str(tmp_path / "handout")).returncode == 0
    shared = tljh / "srv" / "course"
    assert [path.name for path in shared.glob("notebooks/*")] == ["01_only.ipynb"]
    assert [path.name for path in shared.parent.iterdir()] == ["course"]


@needs_posix
def test_without_tljh_or_notebooks_or_with_an_old_python_it_says_so_and_does_nothing(
    tljh, tmp_path
):
    (tmp_path / "empty").mkdir()
    result = set_up(tljh, NOTEBOOKS=str(tmp_path / "empty"))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"There are no notebooks in {tmp_path / 'empty'}" in result.stderr
    old = tljh / "user" / "bin" / "python"
    old.unlink()
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.4\nexit 1\n')
    old.chmod(0o755)
    assert "Python 3.10.4 is in" in set_up(tljh).stderr
    shutil.rmtree(tljh)
    result = set_up(tljh)
    assert result.returncode == 1
    assert "Install The Littlest JupyterHub first" in result.stderr


# The measurement ------------------------------------------------------------------------------


def test_learners_fit_until_the_margin_begins():
    assert learners_that_fit(1000, base=200, each=100, margin=0.2) == 6
    assert learners_that_fit(999, base=200, each=100, margin=0.2) == 5
    assert learners_that_fit(100, base=200, each=100) == 0


def test_what_processes_need_is_added_up():
    assert total([Usage(1, 2, 3, 4), Usage(10, 20, 30, 40)]) == Usage(11, 22, 33, 44)


def test_how_many_fit_is_in_the_readme_as_it_is_reckoned():
    said = re.search(r"base is (\d+) MB.*?learner (\d+) MB", README, re.DOTALL)
    base, each = map(float, said.groups())
    rows = re.findall(r"^\| (\d+) GB \| (\d+) \|", README, re.MULTILINE)
    assert len(rows) >= 4
    for memory, fit in rows:
        assert learners_that_fit(1000 * int(memory), base, each) == int(fit), memory


def test_commands_and_files_that_the_readme_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|\n)make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert {"tljh/setup.sh", "tljh/how_rnns_work.py", "z2jh/values.yaml", "z2jh/Dockerfile"} <= set(
        targets
    )
    for target in targets:
        assert (HUB / target).exists(), target


def test_the_main_readme_leads_here():
    assert "](docs/hub/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def notebook(*texts, tags=()):
    outputs = [v4.new_output("stream", name="stdout", text=text) for text in texts]
    cell = v4.new_code_cell("1", outputs=outputs, metadata={"tags": list(tags)}, id="one")
    return v4.new_notebook(cells=[cell])


def test_outputs_are_compared_however_they_were_cut_and_not_those_that_are_ignored():
    whole = [[v4.new_output("stream", name="stdout", text="ab\n")]]
    assert comparing.differences(notebook("a", "b\n"), whole) == []
    assert len(comparing.differences(notebook("a"), whole)) == 1
    assert comparing.differences(notebook("a", tags=["nbval-ignore-output"]), whole) == []


def test_pictures_are_not_compared_and_their_alternatives_are():
    def page(picture, alternative):
        html = f'<img src="data:image/png;base64,{picture}" alt="{alternative}">'
        return [v4.new_output("display_data", {"text/html": html, "image/png": picture})]

    stored = notebook()
    stored.cells[0].outputs = page("AAAA", "two cells")
    assert comparing.differences(stored, [page("BBBB", "two cells")]) == []
    [line] = comparing.differences(stored, [page("AAAA", "three cells")])
    assert line.startswith("code cell 1: expected ")


def test_errors_are_compared():
    error = [[v4.new_output("error", ename="NameError", evalue="x", traceback=[])]]
    assert len(comparing.differences(notebook("a"), error)) == 1


def test_what_has_to_be_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(server.Missing, match=r"node was not found(.|\n)*Install Node\.js 20"):
        server.find_proxy(tmp_path)
    if os.name == "posix":
        (tmp_path / "node").write_text("#!/bin/sh\n")
        (tmp_path / "node").chmod(0o755)
        with pytest.raises(server.Missing, match="npm was not found"):
            server.find_proxy(tmp_path)
        (tmp_path / "npm").write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
        (tmp_path / "npm").chmod(0o755)
        with pytest.raises(server.Missing, match=r"npm could not install(.|\n)*no network"):
            server.find_proxy(tmp_path)


def test_a_proxy_on_the_path_or_installed_before_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(server.shutil, "which", lambda name: "/there/" + name)
    assert server.find_proxy(tmp_path) == "/there/configurable-http-proxy"
    monkeypatch.setattr(server.shutil, "which", lambda name: None)
    program = tmp_path / "node_modules" / ".bin" / "configurable-http-proxy"
    program.parent.mkdir(parents=True)
    program.touch()
    assert server.find_proxy(tmp_path) == str(program)
