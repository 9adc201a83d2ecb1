"""A JupyterHub and its proxy on this machine, each of which can be killed and started again.

As on The Littlest JupyterHub and on Kubernetes, the proxy is a process of its own: it goes on
while the hub is away. Nothing here is for a class: all servers run as the same user.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SNIPPET = ROOT / "docs" / "hub" / "tljh" / "how_rnns_work.py"
COURSE = "how-rnns-work"
PROXY = "configurable-http-proxy"
PROXY_RELEASE = PROXY + "@~5.2"  # 5.3 needs a Node.js newer than 20

CONFIG = """\
import os

c = get_config()
load_subconfig({snippet!r})

c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.cleanup_servers = False
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.ip = "127.0.0.1"
c.Spawner.args += ["--allow-root"] if os.geteuid() == 0 else []
# Bars are another text in every run, and the outputs are compared.
c.Spawner.environment["TQDM_DISABLE"] = "1"
c.Spawner.environment["TMPDIR"] = os.environ["TMPDIR"]
# Other work on this machine may slow everything down; what it costs is told in any case.
c.Spawner.start_timeout = c.Spawner.http_timeout = 1200
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
# Others on this machine reach the port, too: without the password they cannot get in.
c.DummyAuthenticator.password = os.environ["BENCHMARK_PASSWORD"]
"""


class Missing(Exception):
    """Something has to be installed first; the message says what."""


def find_proxy(folder):
    """Return the path of configurable-http-proxy; install it into the folder if it is nowhere."""
    found = shutil.which(PROXY)
    if found:
        return found
    program = folder / "node_modules" / ".bin" / PROXY
    if not program.exists():
        node, npm = shutil.which("node"), shutil.which("npm")
        if not (node and npm):
            raise Missing(
                f"{'npm' if node else 'node'} was not found: the proxy of JupyterHub is a program "
                "for Node.js. Install Node.js 20 or newer with npm (nodejs.org, or your package "
                f"manager), or {PROXY} itself; then run the same command again."
            )
        command = [npm, "install", "--silent", "--prefix", str(folder), PROXY_RELEASE]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise Missing(
                f"npm could not install {PROXY_RELEASE} into {folder}. It said:\n"
                f"{(result.stderr or result.stdout).strip()}"
            )
    return str(program)


def free_ports(number):
    """Return ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """A hub and a proxy, with all that they write in one folder.

    Parameters
    ----------
    folder : pathlib.Path
        A folder that exists and is empty.
    proxy : str
        The path of configurable-http-proxy.
    """

    def __init__(self, folder, proxy):
        self.folder, self.proxy_program = folder, proxy
        self.port, self.hub_port, self.proxy_port = free_ports(3)
        self.address = f"http://127.0.0.1:{self.port}"
        self.password = secrets.token_hex(16)
        self.shared, self.homes = folder / "shared" / COURSE, folder / "homes"
        self.hub = self.proxy = None
        self.log = None
        outer = ("RNNHELPERS_PROGRESS", "JUPYTER_PATH", "JUPYTERHUB_API_TOKEN")
        self.environment = {name: os.environ[name] for name in os.environ if name not in outer}
        self.environment.update(
            BENCHMARK_PASSWORD=self.password,
            CONFIGPROXY_AUTH_TOKEN=secrets.token_hex(32),
            HOW_RNNS_WORK_COURSE=str(self.shared),
            HOW_RNNS_WORK_PYTHON=sys.executable,
            TMPDIR=str(folder / "tmp"),
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        )

    def __enter__(self):
        """Fill the shared folder, write the configuration, and start both."""
        self.homes.mkdir()
        Path(self.environment["TMPDIR"]).mkdir()
        for pattern in ("notebooks/*.ipynb", "docs/glossary.md", "docs/misconceptions.md"):
            for path in ROOT.glob(pattern):
                target = self.shared / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        config = CONFIG.format(
            snippet=str(SNIPPET),
            port=self.port,
            hub_port=self.hub_port,
            proxy_port=self.proxy_port,
            homes=str(self.homes),
        )
        (self.folder / "jupyterhub_config.py").write_text(config, encoding="utf-8")
        self.log = (self.folder / "server.log").open("ab")
        try:
            self.start_proxy()
            self.start_hub()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        """End every process that was started here, the learners' servers first."""
        for pid in self.processes():
            _kill(pid)
        for process in (self.hub, self.proxy):
            if process and process.poll() is None:
                process.kill()
            if process:
                process.wait()
        self.log.close()

    def start_proxy(self):
        """Start the proxy and wait until it listens."""
        command = [self.proxy_program, "--ip", "127.0.0.1", "--port", str(self.port)]
        command += ["--api-ip", "127.0.0.1", "--api-port", str(self.proxy_port)]
        command += ["--default-target", f"http://127.0.0.1:{self.hub_port}"]
        command += ["--error-target", f"http://127.0.0.1:{self.hub_port}/hub/error"]
        self.proxy = self._start(command)
        self._wait_for(f"http://127.0.0.1:{self.proxy_port}/api/routes", self.proxy)

    def start_hub(self):
        """Start the hub and wait until it answers through the proxy."""
        self.hub = self._start([sys.executable, "-m", "jupyterhub"])
        self._wait_for(self.address + "/hub/health", self.hub, only_ok=True)

    def _start(self, command):
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,  # Ctrl-C is for us, and we end it then
        )

    def _wait_for(self, address, process, only_ok=False, seconds=90):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(address, timeout=5):
                    return
            except urllib.error.HTTPError as error:
                if not only_ok and error.code < 500:  # it is there, and asks who we are
                    return
            except OSError:
                pass
            time.sleep(0.1)
        log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{address} did not answer. The log ends with:\n{log[-3000:]}")

    def kill(self, name):
        """Kill the hub or the proxy at once, as a machine without memory does."""
        process = getattr(self, name)
        process.kill()
        process.wait()

    def processes(self, learner=None):
        """Return the processes of a learner, or of all: their server, and their kernels.

        Parameters
        ----------
        learner : str, optional
            The name of a learner.

        Returns
        -------
        dict from int to str
            Process ids, each with "server" or "kernel".
        """
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes()
            except OSError:  # it has ended meanwhile, or is somebody else's
                continue
            if f"HOW_RNNS_WORK_COURSE={self.shared}".encode() in environment:
                continue  # the hub itself
            user = next((e[16:] for e in environment if e.startswith(b"JUPYTERHUB_USER=")), b"")
            home = f"HOME={self.homes / user.decode()}".encode()
            if not user or home not in environment or learner not in (None, user.decode()):
                continue
            kind = "kernel" if b"ipykernel_launcher" in command else "server"
            if kind == "kernel" or b"singleuser" in command:
                found[int(entry.name)] = kind
        return found

    def process(self, learner, kind):
        """Return the id of the learner's one server or one kernel."""
        pids = [pid for pid, each in self.processes(learner).items() if each == kind]
        if len(pids) != 1:
            raise RuntimeError(f"{learner} has {len(pids)} processes of kind {kind}, not one")
        return pids[0]


def _kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
