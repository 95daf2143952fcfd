"""Headless Chromium, told what to do over a pipe by the DevTools protocol, https://chromedevtools.github.io/devtools-protocol/."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def found():
    """The path of the browser, if there is one. TRAINYARD_CHROMIUM names another."""
    return os.environ.get("TRAINYARD_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def started(program):
    """A browser that ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        line = [program, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"]
        line += ["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-background-networking"]
        line += ["--no-sandbox"] if os.geteuid() == 0 else []

        def ends():
            # The browser reads its orders from 3 and answers on 4.
            orders, answers = os.dup(to_read), os.dup(from_write)
            os.dup2(orders, 3)
            os.dup2(answers, 4)

        process = subprocess.Popen(line, preexec_fn=ends, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        try:
            yield Browser(os.fdopen(to_write, "wb", 0), os.fdopen(from_read, "rb"))
        finally:
            process.terminate()
            process.wait()


class Browser:
    def __init__(self, orders, answers):
        self.orders, self.answers = orders, answers
        self.number = 0
        self.told = []
        self.rest = b""

    def call(self, method, session=None, **params):
        """What the browser answers; what it tells meanwhile is kept in `told`."""
        self.number += 1
        order = {"id": self.number, "method": method, "params": params}
        if session:
            order["sessionId"] = session
        self.orders.write(json.dumps(order).encode() + b"\0")
        while True:
            message = self.next()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.told.append(message)

    def next(self):
        while b"\0" not in self.rest:
            part = self.answers.read1(1 << 20)
            if not part:
                raise RuntimeError("the browser went away")
            self.rest += part
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def wait(self, method):
        """Until the browser has told of this."""
        while not any(message.get("method") == method for message in self.told):
            self.told.append(self.next())

    def open(self, path, width, height, scheme):
        """Opens a file in a window of this size, and shows it in this colour scheme."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable", session)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", session, **size)
        self.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.told.clear()
        url = pathlib.Path(path).resolve().as_uri()
        self.call("Page.navigate", session, url=url)
        self.wait("Page.loadEventFired")
        return Page(self, target, session, url)


class Page:
    def __init__(self, browser, target, session, url):
        self.browser, self.target, self.session, self.url = browser, target, session, url

    def evaluate(self, expression):
        answer = self.browser.call("Runtime.evaluate", self.session, expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def console(self):
        """What was told on the console, errors of the page and the browser's own words among it."""
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(told["params"])[:300] for told in self.browser.told if told.get("method") in kinds]

    def requests(self):
        """What was asked for beside the page itself and what it holds."""
        sent = (told["params"]["request"]["url"] for told in self.browser.told if told.get("method") == "Network.requestWillBeSent")
        return [url for url in sent if url != self.url and not url.startswith("data:")]

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def cut(self):
        """By how many pixels each table is wider than its box, if it is: where no bar is shown, its last numbers look whole."""
        boxes = "[...document.querySelectorAll('.scroll')].filter(box => box.querySelector('table'))"
        return self.evaluate(f"{boxes}.map(box => box.scrollWidth - box.clientWidth).filter(width => width > 0)")

    def screenshot(self, path):
        """The whole page as a picture."""
        size = self.browser.call("Page.getLayoutMetrics", self.session)["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.browser.call("Page.captureScreenshot", self.session, clip=clip, captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def printed(self, path):
        """The page on paper."""
        printed = self.browser.call("Page.printToPDF", self.session, printBackground=False, preferCSSPageSize=True)
        pathlib.Path(path).write_bytes(base64.b64decode(printed["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
