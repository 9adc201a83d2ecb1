"""A learner with a browser's means: the login form, cookies, the contents API, kernels' sockets."""

import asyncio
import copy
import json
import re
import time
import uuid
from urllib.parse import quote

import aiohttp
import nbformat
from nbformat.v4 import output_from_msg

PATIENCE = 1200  # seconds, for one step: other work may slow this machine down

FOLDER = "how-rnns-work/notebooks"
XSRF_FIELD = re.compile(r'<input[^>]*name="_xsrf"[^>]*value="([^"]+)"')


class Learner:
    """One person in one browser; an asynchronous context manager.

    Parameters
    ----------
    address : str
        Of the hub, without a slash at its end.
    name, password : str
        What is typed into the form.
    """

    def __init__(self, address, name, password):
        self.address, self.name, self.password = address, name, password
        self.base = f"{address}/user/{name}"

    async def __aenter__(self):
        """Open the browser."""
        # unsafe: a cookie jar refuses addresses that are numbers otherwise, browsers do not.
        jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        # A connection for each request: the proxy closes those that idle, and a browser asks again.
        connector = aiohttp.TCPConnector(force_close=True)
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        self.session = aiohttp.ClientSession(cookie_jar=jar, timeout=timeout, connector=connector)
        return self

    async def __aexit__(self, *exception):
        """Close the browser."""
        await self.session.close()

    async def log_in(self):
        """Fill in the form."""
        async with self.session.get(self.address + "/hub/login") as page:
            page.raise_for_status()
            form = XSRF_FIELD.search(await page.text())
        if not form:
            raise RuntimeError("the login page has no hidden field _xsrf")
        fields = {"_xsrf": form[1], "username": self.name, "password": self.password}
        address = self.address + "/hub/login?next=%2Fhub%2Fhome"
        async with self.session.post(address, data=fields) as page:
            page.raise_for_status()
            if not page.url.path.startswith("/hub/home"):
                raise RuntimeError(f"{self.name} was not let in, and is at {page.url}")

    async def start_server(self, seconds=PATIENCE):
        """Ask for the server until JupyterLab's page comes from it.

        Returns
        -------
        float
            How many seconds it took.
        """
        began, seen = time.monotonic(), ""
        while time.monotonic() - began < seconds:
            try:
                async with self.session.get(self.address + "/hub/spawn") as page:
                    text, seen = await page.text(), f"{page.status} at {page.url}"
                    if page.ok and page.url.path.startswith(f"/user/{self.name}/lab"):
                        if "jupyter-config-data" not in text:
                            raise RuntimeError(f"{page.url} is not the page of JupyterLab")
                        return time.monotonic() - began
            except aiohttp.TooManyRedirects:  # a new proxy, to which the hub told no routes yet
                seen = "too many redirects"
            await asyncio.sleep(0.3)
        raise RuntimeError(f"{self.name} has no server after {seconds} s, but {seen}")

    def _headers(self):
        """Return the header that protects from forged requests: a cookie, read back."""
        cookies = self.session.cookie_jar.filter_cookies(f"{self.base}/api")
        return {"X-XSRFToken": cookies["_xsrf"].value}

    async def _api(self, method, path, content=None):
        address = f"{self.base}/api/{path}"
        request = self.session.request(method, address, json=content, headers=self._headers())
        async with request as answer:
            if not answer.ok:
                raise RuntimeError(f"{method} {address}: {answer.status} {await answer.text()}")
            return await answer.json()

    async def read(self, path, must_be_trusted=False):
        """Return a notebook, as JupyterLab is given it, without the server's marks of trust.

        In a notebook without them JupyterLab shows no slider until its cells have run again.
        """
        model = await self._api("GET", f"contents/{quote(path)}?type=notebook&content=1")
        notebook = nbformat.from_dict(model["content"])
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        trusted = [cell.metadata.pop("trusted", False) for cell in code]
        if must_be_trusted and not all(trusted):
            raise RuntimeError(f"{path} is not trusted: the copy was not signed")
        return notebook

    async def save(self, path, notebook):
        """Save a notebook; when this returns, the server has said that it is saved."""
        model = {"type": "notebook", "format": "json", "content": notebook}
        await self._api("PUT", f"contents/{quote(path)}", model)

    async def start_kernel(self, path):
        """Start the kernel of a notebook, or find the one that it has, and connect to it."""
        model = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = await self._api("POST", "sessions", model)
        return await self.connect(session["kernel"]["id"])

    async def connect(self, kernel_id):
        """Open the socket of a kernel."""
        address = f"{self.base}/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
        socket = await self.session.ws_connect(
            address, headers=self._headers(), max_msg_size=0, heartbeat=None
        )
        return Kernel(kernel_id, socket)


class Lost(ConnectionError):
    """The socket of a kernel was closed while something ran."""


class Kernel:
    """A kernel, seen through its socket."""

    def __init__(self, kernel_id, socket):
        self.id, self.socket = kernel_id, socket
        self.session = uuid.uuid4().hex

    async def send(self, code):
        """Ask for the execution of code, and return the id of the request."""
        request = uuid.uuid4().hex
        header = {"msg_id": request, "session": self.session, "username": "learner"}
        header |= {"msg_type": "execute_request", "version": "5.3", "date": ""}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        content |= {"user_expressions": {}, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self.socket.send_str(json.dumps(message | {"channel": "shell", "buffers": []}))
        return request

    async def messages(self, seconds):
        """Yield what comes, until the socket closes (`Lost`) or nothing came for so long."""
        while True:
            # Not wait_for: in Python 3.11 that can swallow the cancellation of a class.
            async with asyncio.timeout(seconds):
                message = await self.socket.receive()
            if message.type == aiohttp.WSMsgType.TEXT:
                yield json.loads(message.data)
            elif message.type != aiohttp.WSMsgType.BINARY:
                raise Lost(f"the socket of the kernel says {message.type.name}")

    async def run(self, sources, seconds=PATIENCE):
        """Run cells, all of them sent at once, and return the outputs of each."""
        requests = [await self.send(source) for source in sources]
        outputs = {request: [] for request in requests}
        waiting = set(requests)
        async for message in self.messages(seconds):
            kind, content = message["header"]["msg_type"], message["content"]
            request = message["parent_header"].get("msg_id")
            if request in outputs:
                if kind in ("stream", "display_data", "execute_result", "error"):
                    outputs[request].append(output_from_msg(message))
                elif kind == "clear_output" and not content["wait"]:
                    outputs[request].clear()
                elif kind == "status" and content["execution_state"] == "idle":
                    waiting.discard(request)
                elif kind == "execute_reply" and content["status"] == "aborted":
                    waiting.discard(request)  # a cell before it has failed
            if kind == "status" and content["execution_state"] in ("restarting", "dead"):
                raise Lost(f"the kernel is {content['execution_state']}")
            if not waiting:
                return [outputs[request] for request in requests]

    async def run_until(self, source, text, seconds=PATIENCE):
        """Run a cell until it has printed a text, and leave it running."""
        request = await self.send(source)
        async for message in self.messages(seconds):
            mine = message["parent_header"].get("msg_id") == request
            if mine and text in message["content"].get("text", ""):
                return

    async def close(self):
        """Close the socket; the kernel goes on."""
        await self.socket.close()


def with_outputs(notebook, outputs):
    """Return a notebook whose code cells have these outputs."""
    done = copy.deepcopy(notebook)
    code = [cell for cell in done.cells if cell.cell_type == "code"]
    for count, (cell, its) in enumerate(zip(code, outputs, strict=True), start=1):
        cell.outputs, cell.execution_count = its, count
    return done


def code_of(notebook):
    """Return the sources of the code cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]
