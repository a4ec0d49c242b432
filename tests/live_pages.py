"""Live pages for tests in a browser: served as the verb serves them, and waited for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

from striate.page import PageServer, Session


@contextmanager
def served_page(session: Session) -> Iterator[PageServer]:
    """Serve a page until the block ends."""
    with PageServer(session) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def settled(browser: webdriver.Chrome) -> Any:
    """Wait until everything that was asked for is shown."""
    ready = "return !!window.striate && !document.body.classList.contains('busy')"
    WebDriverWait(browser, 20, 0.05).until(lambda one: one.execute_script(ready))
    return browser


def errors_of(browser: webdriver.Chrome) -> list[str]:
    """Give what the browser's console holds; it notes each answer 422, which is part of the page."""
    logged = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [one["message"] for one in logged if " 422 " not in one["message"]]
