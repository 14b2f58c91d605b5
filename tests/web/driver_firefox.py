"""Selenium for a Firefox without geckodriver: its commands, spoken as Marionette.

Debian ships Firefox but no geckodriver, whose whole work is to translate the WebDriver commands
that Selenium sends over HTTP into those of Marionette, the protocol inside every Firefox. Here
Selenium's commands are handed over directly, so that tests see one interface for all browsers.
A message is its length in bytes, a colon and JSON: [0, number, command, parameters] one way,
[1, number, error, result] the other.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.firefox.options import Options
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver

START_SECONDS = 60.0
ANSWER_SECONDS = 120.0
QUIT_SECONDS = 10.0
MAX_ANSWER_BYTES = 256 * 2**20

COMMANDS: Final[Mapping[str, str]] = {
    Command.NEW_SESSION: "WebDriver:NewSession",
    Command.QUIT: "Marionette:Quit",
    Command.GET: "WebDriver:Navigate",
    Command.GO_BACK: "WebDriver:Back",
    Command.REFRESH: "WebDriver:Refresh",
    Command.GET_CURRENT_URL: "WebDriver:GetCurrentURL",
    Command.GET_TITLE: "WebDriver:GetTitle",
    Command.FIND_ELEMENT: "WebDriver:FindElement",
    Command.FIND_ELEMENTS: "WebDriver:FindElements",
    Command.CLICK_ELEMENT: "WebDriver:ElementClick",
    Command.SEND_KEYS_TO_ELEMENT: "WebDriver:ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "WebDriver:GetElementText",
    Command.GET_ELEMENT_PROPERTY: "WebDriver:GetElementProperty",
    Command.IS_ELEMENT_ENABLED: "WebDriver:IsElementEnabled",
    Command.W3C_GET_ACTIVE_ELEMENT: "WebDriver:GetActiveElement",
    Command.W3C_EXECUTE_SCRIPT: "WebDriver:ExecuteScript",
    Command.W3C_EXECUTE_SCRIPT_ASYNC: "WebDriver:ExecuteAsyncScript",
    Command.W3C_ACTIONS: "WebDriver:PerformActions",
    Command.W3C_CLEAR_ACTIONS: "WebDriver:ReleaseActions",
    Command.NEW_WINDOW: "WebDriver:NewWindow",
    Command.CLOSE: "WebDriver:CloseWindow",
    Command.SWITCH_TO_WINDOW: "WebDriver:SwitchToWindow",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "WebDriver:GetWindowHandle",
    Command.W3C_GET_WINDOW_HANDLES: "WebDriver:GetWindowHandles",
    Command.SET_WINDOW_RECT: "WebDriver:SetWindowRect",
    Command.GET_WINDOW_RECT: "WebDriver:GetWindowRect",
    Command.SWITCH_TO_FRAME: "WebDriver:SwitchToFrame",
    Command.SWITCH_TO_PARENT_FRAME: "WebDriver:SwitchToParentFrame",
    Command.SET_TIMEOUTS: "WebDriver:SetTimeouts",
    Command.SCREENSHOT: "WebDriver:TakeScreenshot",
    Command.GET_ALL_COOKIES: "WebDriver:GetCookies",
    Command.W3C_ACCEPT_ALERT: "WebDriver:AcceptAlert",
    Command.W3C_DISMISS_ALERT: "WebDriver:DismissAlert",
    "setContext": "Marionette:SetContext",
}
"""Selenium's name of a command: Marionette's."""

QUIET: Final[Mapping[str, bool | int | str]] = {
    "marionette.port": 0,  # a free one, which Firefox writes into its profile
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.aboutwelcome.enabled": False,
    "browser.download.always_ask_before_handling_new_types": False,
    "browser.download.folderList": 2,  # browser.download.dir
    "browser.download.useDownloadDir": True,
    "browser.download.alwaysOpenPanel": False,
    "browser.helperApps.neverAsk.saveToDisk": "application/json,application/octet-stream",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "trailhead.firstrun.didSeeAboutWelcome": True,
}
"""Preferences of a Firefox that asks nothing and calls nobody."""


class Firefox(WebDriver):
    """A headless Firefox with a new profile, driven through Marionette."""

    def __init__(
        self, binary: Path, *, folder: Path, prefs: Mapping[str, bool | int | str] | None = None
    ) -> None:
        """folder: an empty one for the profile, the downloads and the log.

        prefs: preferences beyond `QUIET`. Raises WebDriverException if Firefox does not start.
        """
        self.profile = folder / "profile"
        self.profile.mkdir()
        downloads = {"browser.download.dir": str(folder / "downloads")}
        _write_prefs(self.profile, {**QUIET, **downloads, **(prefs or {})})
        self.process = _start(binary, self.profile, folder / "firefox.log")
        try:
            self._connection = Marionette(_port(self.process, self.profile))
            executor = cast(RemoteConnection, self._connection)  # all of it that is called
            super().__init__(command_executor=executor, options=Options())
        except BaseException:
            _end(self.process)
            raise
        self._is_remote = False  # paths are ours: nothing is uploaded to another machine

    def quit(self) -> None:
        """End Firefox and all its processes, whatever state it is in."""
        try:
            self.execute(Command.QUIT)
        except (OSError, WebDriverException):
            pass  # it hung, crashed or was gone already; ended below
        finally:
            self._connection.close()
            _end(self.process)

    def privileged(self, script: str, *args: object) -> Any:
        """What a script of the browser itself returns, such as what its stores hold."""
        self.execute("setContext", {"value": "chrome"})
        try:
            return self.execute_script(script, *args)
        finally:
            self.execute("setContext", {"value": "content"})


class Marionette:
    """One TCP connection to Firefox, in the place of Selenium's to an HTTP server."""

    def __init__(self, port: int) -> None:
        """port: of 127.0.0.1, where Firefox listens."""
        self._number = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        self._stream = self._socket.makefile("rb")
        hello = self._read()
        if hello.get("marionetteProtocol") != 3:
            raise WebDriverException("this Firefox speaks another protocol than Marionette 3")

    def execute(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """The answer to one command, in the shape that Selenium knows from HTTP."""
        try:
            name = COMMANDS[command]
        except KeyError:
            raise WebDriverException(f"add {command} to the commands of Firefox") from None
        self._number += 1
        message = json.dumps([0, self._number, name, _translated(command, dict(params))])
        data = message.encode()
        self._socket.sendall(b"%d:%b" % (len(data), data))
        _, number, error, result = self._read()
        if number != self._number:
            raise WebDriverException(f"answer {number} to command {self._number}")
        if error is not None:
            return {"status": error["error"], "value": error}
        if isinstance(result, dict) and result.keys() == {"value"}:
            result = result["value"]
        return {"value": result}

    def close(self) -> None:
        """Hang up; twice does no harm."""
        self._stream.close()
        self._socket.close()

    def _read(self) -> Any:
        digits = b""
        while (digit := self._stream.read(1)) != b":":
            if not digit.isdigit() or len(digits) > 9:
                raise WebDriverException("Firefox hung up")
            digits += digit
        size = int(digits)
        if size > MAX_ANSWER_BYTES:
            raise WebDriverException(f"an answer of {size} bytes")
        return json.loads(self._stream.read(size))


def _translated(command: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a command of Selenium, as Marionette names them."""
    params.pop("sessionId", None)
    if command == Command.NEW_SESSION:
        return dict(params["capabilities"]["alwaysMatch"])
    if command == Command.SWITCH_TO_FRAME and isinstance(params["id"], dict):
        return {"element": next(iter(params["id"].values()))}
    if command == Command.QUIT:
        return {"flags": ["eForceQuit"]}
    if command == Command.SCREENSHOT:
        return {"full": False, "hash": False}
    return params


def _write_prefs(profile: Path, prefs: Mapping[str, bool | int | str]) -> None:
    lines = (
        f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in prefs.items()
    )
    (profile / "user.js").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _start(binary: Path, profile: Path, log: Path) -> subprocess.Popen[bytes]:
    """Firefox in a process group of its own, so that all of it can be ended."""
    command = [
        str(binary),
        "--headless",
        "--no-remote",
        "--marionette",
        "--remote-allow-system-access",
    ]
    with log.open("wb") as sink:
        return subprocess.Popen(  # noqa: S603 (the browser found by the tests)
            [*command, "--profile", str(profile)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"},
            start_new_session=True,
        )


def _port(process: subprocess.Popen[bytes], profile: Path) -> int:
    """Where Marionette listens, once it does."""
    place = profile / "MarionetteActivePort"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise WebDriverException(f"Firefox ended with {process.returncode}")
        try:
            return int(place.read_text(encoding="ascii"))
        except (OSError, ValueError):
            time.sleep(0.05)
    raise WebDriverException(f"Firefox did not listen within {START_SECONDS:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of Firefox; after `QUIT_SECONDS`, bring it about."""
    try:
        process.wait(timeout=QUIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
