"""Headless Chromium, told what to do over the W3C WebDriver protocol.

    with Browser() as browser:
        browser.open("file:///srv/page.html")
        print(browser.run("return document.title"))

chromedriver is an HTTP server that takes JSON; a few calls of it are all that the
tests need, so the standard library speaks to it and no Python package has to fit
the python3 that happens to come first on the path. What WebDriver lacks (colour
schemes, print, screenshots of whole pages) goes through Chromium's own DevTools
protocol, which chromedriver passes on.

The browser reaches nothing but files and 127.0.0.1: every other name is unknown to
it. It keeps its profile in a temporary directory that goes when it ends.
"""

import atexit
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request

PATIENCE_S = 60  # before a hang is called one

# Keys without a letter, as WebDriver spells them.
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Space": " ", "Down": "\ue015"}

CHROMIUM_OPTIONS = [
    "--headless=new",
    "--no-sandbox",  # the sandbox refuses to run as root, which CI is
    "--disable-dev-shm-usage",  # containers have a small /dev/shm
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",  # their width would depend on the system
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def find_program(*names):
    """The path of the first program that exists, or None."""
    return next(filter(None, map(shutil.which, names)), None)


def find_programs():
    """(chromium, chromedriver); None for what is missing."""
    return (find_program("chromium", "chromium-browser", "google-chrome"),
            find_program("chromedriver"))


class DriverError(Exception):
    """The driver refused a command; the text is its own."""


class Browser:
    """One chromedriver with one window."""

    def __init__(self):
        self.session = self.drain = None
        self.profile = tempfile.mkdtemp(prefix="tierd-browser-")
        self.driver = self._start_driver()
        atexit.register(self.close)  # also when a test is interrupted
        try:
            self.address = self._address()
            # What else it says nobody needs, but a full pipe would stop it.
            self.drain = threading.Thread(target=self.driver.stdout.read, daemon=True)
            self.drain.start()
            self._open_session()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start_driver(self):
        # Chromium writes more than its profile; with HOME there, all of it goes.
        environment = {**os.environ, "HOME": self.profile, "TMPDIR": self.profile}
        return subprocess.Popen([find_programs()[1], "--port=0"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env=environment, text=True)

    def _address(self):
        """The driver picks a free port and says which; before that it is not ready."""
        said = []
        for line in self.driver.stdout:
            said.append(line)
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return f"http://127.0.0.1:{found[1]}"
        raise DriverError("chromedriver ended at once, saying:\n" + "".join(said))

    def _open_session(self):
        options = {"binary": find_programs()[0],
                   "args": [*CHROMIUM_OPTIONS, f"--user-data-dir={self.profile}/profile"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = answer["sessionId"]

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, method=method,
                                         headers={"content-type": "application/json"})
        # No proxy of the environment has a say in a call to this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise DriverError(json.load(error)["value"]["message"]) from None

    def command(self, path, body):
        """POSTs a WebDriver command of this session."""
        return self._call("POST", f"/session/{self.session}/{path}", body)

    def open(self, address):
        """Goes to a page and waits until it is loaded. Logs start anew."""
        self.command("url", {"url": "about:blank"})
        self.log("browser")
        self.log("performance")
        self.command("url", {"url": address})

    def run(self, script, *arguments):
        """Runs the body of a JavaScript function; gives what it returns."""
        return self.command("execute/sync", {"script": script, "args": list(arguments)})

    def until(self, condition):
        """Waits until an expression is true in the page; what it then is comes back."""
        script = """const done = arguments[arguments.length - 1];
            const look = () => { const found = (%s); if (found) done(found); else setTimeout(look, 20); };
            look();""" % condition
        try:
            return self.command("execute/async", {"script": script, "args": []})
        except DriverError as error:
            raise DriverError(f"never came true: {condition} ({error})") from None

    def press(self, *keys):
        """Types into whatever has the focus. A key is a letter or a name of KEYS."""
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.command("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def devtools(self, method, **parameters):
        """A command of the DevTools protocol."""
        return self.command("goog/cdp/execute", {"cmd": method, "params": parameters})

    def log(self, kind):
        """What was logged since the last call: "browser" is the console with the
        browser's own complaints, "performance" the events of the network."""
        return self.command("se/log", {"type": kind})

    def requests(self):
        """Addresses of all requests since the page was opened, or since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def emulate(self, width, height=900, scheme="light", media="screen"):
        """A window of this size in CSS pixels, a colour scheme, screen or print."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", media=media,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        """The whole page, not just the window, as PNG."""
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def print_pdf(self):
        """The bytes of the page as an A4 PDF, with the margins that the page wishes."""
        answer = self.devtools("Page.printToPDF", paperWidth=8.27, paperHeight=11.69,
                               preferCSSPageSize=True)
        return base64.b64decode(answer["data"])

    def close(self):
        """Ends browser and driver, whatever state they are in. A second call does nothing."""
        atexit.unregister(self.close)
        session, self.session = self.session, None
        try:
            if session:
                self._call("DELETE", f"/session/{session}")
        except (DriverError, OSError):
            pass  # the driver goes next, and takes the browser with it
        finally:
            self.driver.terminate()
            try:
                self.driver.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.driver.kill()
                self.driver.wait()
            if self.drain:
                self.drain.join()  # ends with the pipe
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)
