"""A folder with one page that reads pictures in a browser, from the disk and without a network.

The runtime is ONNX Runtime's for browsers, copied from an installation that the user names. A page from the disk may load
scripts and nothing else, so the runtime, its WebAssembly and the network stand in scripts, in base64.
"""

import json
from base64 import b64encode
from importlib.resources import files
from pathlib import Path

from striate.errors import ExportError
from striate.errors.exporting import no_page_for_sentences, no_runtime_for_web
from striate.export.comparing import onnx_run
from striate.export.exporting import (
    Exported,
    check_beside,
    check_folder,
    check_libraries,
    compared,
    finished,
    onnx_content,
)
from striate.prediction import Bundle
from striate.system.files import write_durably


_RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
"""The module with its loader inside, and the machine code."""

_LICENSES = ("LICENSE", "ThirdPartyNotices.txt")
_NOTICES = "onnxruntime-web.txt"
_SCRIPTS = ("runtime.js", "wasm.js", "network.js")


def export_web(bundle: Bundle, folder: str | Path, runtime: Path | None) -> Exported:
    """Write a page that reads pictures: dropped, chosen, drawn, or from a camera.

    Args:
        bundle: A network of pictures that can be exported from pixels.
        folder: Where to; it is made.
        runtime: An installation of the npm package `onnxruntime-web`.

    Raises:
        ExportError: The network reads no pictures, the runtime is not there, files of others are in the folder, or the
            network gives something else than `predict`.
    """
    place = Path(folder)
    check_libraries(place, ("onnx", "onnxruntime"))
    if bundle.document.table.image is None:
        raise ExportError(no_page_for_sentences(bundle.document.name))
    dist = _dist(runtime)
    page, *others = (place / name for name in ("index.html", *_SCRIPTS))
    if place.exists():
        check_folder(place, page)
    check_beside(page, page, *others, place / _NOTICES)
    content, start = onnx_content(bundle, "pixels")
    comparison = compared(bundle, onnx_run(content), start, place)
    place.mkdir(parents=True, exist_ok=True)
    module, code = ((dist / name).read_bytes() for name in _RUNTIME)
    facts = {"name": bundle.document.name, "classes": bundle.classes}
    scripts = (
        f"const RUNTIME = {_in_script(module.decode())};\n",
        f'const WASM = "{b64encode(code).decode()}";\n',
        f'const NETWORK = "{b64encode(content).decode()}";\nconst FACTS = {_in_script(facts)};\n',
    )
    for file, text in zip(others, scripts, strict=True):
        write_durably(file, text)
    licenses = [dist.parent / name for name in _LICENSES if (dist.parent / name).is_file()]
    if licenses:
        text = "\n\n".join(file.read_text(encoding="utf-8", errors="replace") for file in licenses)
        write_durably(place / _NOTICES, text)
    write_durably(page, files("striate.export").joinpath("assets/page.html").read_bytes())
    return finished(bundle, page, start, comparison, *others)


def _dist(runtime: Path | None) -> Path:
    if runtime is None:
        raise ExportError(no_runtime_for_web("", []))
    for folder in (runtime, runtime / "dist", runtime / "node_modules/onnxruntime-web/dist"):
        if all((folder / name).is_file() for name in _RUNTIME):
            return folder
    raise ExportError(no_runtime_for_web(str(runtime), [f"dist/{name}" for name in _RUNTIME]))


def _in_script(value: object) -> str:
    """Write a value so that it may stand in a script, wherever that stands."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c")
