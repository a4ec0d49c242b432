"""Debian's chromium, started once for all tests that need a real browser; it reaches no network but this machine."""

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """Start the browser."""
    program, steering = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or steering is None:
        if os.environ.get("STRIATE_TEST_DATA") == "required":
            pytest.fail("Debian's chromium and chromium-driver are not installed")
        pytest.skip("Debian's chromium and chromium-driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,1000")
    outside = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    for flag in (*flags, "--lang=en", outside):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(steering))
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Give the browser with a window of the usual size and nothing in its log."""
    chromium.set_window_size(1200, 1000)
    chromium.get_log("browser")  # type: ignore[no-untyped-call]
    yield chromium
    chromium.get("about:blank")
