"""The page of `striate export --to web` in a real browser, from the disk, beside `predict`.

It needs an installation of the npm package onnxruntime-web, which STRIATE_ONNXRUNTIME_WEB names.
"""

import os
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from served_networks import write_bundle
from striate.export.comparing import drawn_picture
from striate.export.web import export_web
from striate.networks import load
from striate.prediction import load_bundle, predict


RUNTIME = os.environ.get("STRIATE_ONNXRUNTIME_WEB", "")
PICTURES = 50


@pytest.mark.skipif(not RUNTIME, reason="STRIATE_ONNXRUNTIME_WEB names no installation")
@pytest.mark.skipif(shutil.which("chromedriver") is None, reason="there is no chromium-driver")
def test_a_browser_names_the_classes_of_predict(tmp_path: Path) -> None:
    bundle = load_bundle(write_bundle(tmp_path, load("lenet5-softmax"), tuple("0123456789")))
    export_web(bundle, tmp_path / "page", Path(RUNTIME))
    draws, files = np.random.default_rng(3), list[Path]()
    while len(files) < PICTURES:
        content = BytesIO()
        PIL.Image.fromarray(drawn_picture(draws)).save(content, "png")
        file = tmp_path / f"{len(files)}.png"
        file.write_bytes(content.getvalue())
        if predict(bundle, file).made:  # one without ink is refused
            files.append(file)
    wanted = {Path(one.name).name: one.classes for one in predict(bundle, files).made}
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless=new", "--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver") or "")
    browser = webdriver.Chrome(options=options, service=service)
    try:
        browser.get((tmp_path / "page/index.html").as_uri())
        browser.find_element(By.ID, "files").send_keys("\n".join(map(str, files)))
        WebDriverWait(browser, 120).until(
            lambda seen: len(seen.find_elements(By.CSS_SELECTOR, ".found")) == PICTURES
        )
        for row in browser.find_elements(By.CSS_SELECTOR, ".found"):
            name, best, *_ = row.text.split("\n")
            (label, score), *_ = wanted[name]
            assert best == f"{label} {score:.4f}"
        assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
    finally:
        browser.quit()
