"""As much of a WebDriver client (W3C) as the page's test needs: JSON over HTTP to chromedriver."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class WebDriverError(Exception):
    """The browser refused a command."""


class Browser:
    """A headless Chromium with a profile of its own, driven by its own chromedriver."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
        if chromium is None or driver is None:
            raise WebDriverError("chromium and chromedriver are needed: make setup installs them")
        self.profile = tempfile.mkdtemp(prefix="trivet-browser-")
        self.driver = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.session = ""
        try:
            self.url = f"http://127.0.0.1:{self._port()}"
            options = {
                "binary": chromium,
                "args": [*FLAGS, *flags, f"--user-data-dir={self.profile}"],
            }
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
            }
            answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = f"/session/{answer['sessionId']}"
        except BaseException:
            self.close()
            raise

    def _port(self) -> int:
        assert self.driver.stdout is not None
        for line in self.driver.stdout:
            if match := re.search(r"started successfully on port (\d+)", line):
                return int(match.group(1))
        raise WebDriverError("chromedriver did not start")

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise WebDriverError(json.load(error)["value"]["message"]) from None

    def open(self, url: str) -> None:
        self._call("POST", f"{self.session}/url", {"url": url})

    def script(self, code: str, *arguments: Any) -> Any:
        """Runs the body of a function in the page and gives what it returns."""
        body = {"script": code, "args": list(arguments)}
        return self._call("POST", f"{self.session}/execute/sync", body)

    def find(self, selector: str) -> str:
        body = {"using": "css selector", "value": selector}
        found: str = self._call("POST", f"{self.session}/element", body)[ELEMENT]
        return found

    def click(self, selector: str) -> None:
        self._call("POST", f"{self.session}/element/{self.find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._call("POST", f"{self.session}/element/{self.find(selector)}/value", {"text": text})

    def label(self, selector: str) -> str:
        """What a screen reader calls an element."""
        path = f"{self.session}/element/{self.find(selector)}/computedlabel"
        label: str = self._call("GET", path)
        return label

    def errors(self) -> list[str]:
        """What went to the console as an error since the last call."""
        entries = self._call("POST", f"{self.session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def close(self) -> None:
        try:
            if self.session:
                self._call("DELETE", self.session)
        except (OSError, WebDriverError):
            pass
        self.driver.terminate()
        self.driver.wait(20)
        if self.driver.stdout is not None:
            self.driver.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)
