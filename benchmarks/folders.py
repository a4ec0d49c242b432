"""Train on three real folders by defaults alone, beside a Keras tutorial: error on a test folder, and what it cost.

    .venv/bin/python benchmarks/folders.py [--sets NAME ...] [--programs NAME ...] [--seeds N]

Icons and flags come from Debian's packages (`apt-get download`, nothing is installed), digits from scikit-learn. Each
folder has train/ and test/; nothing is chosen by test/. What each run gave goes to results/folders.json at once, and
runs that are there are not repeated. Keras is that of benchmarks/install-peers.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageEnhance

from processes import ROOT, environment, record, recorded, took
from striate.prediction.intervals import mean_interval


FOLDERS = ROOT / "runs" / "folders"

ICON_PACKAGES = (
    "elementary-xfce-icon-theme",
    "faenza-icon-theme",
    "gnome-icon-theme",
    "mate-icon-theme",
    "oxygen-icon-theme",
)
ICON_CLASSES = ("apps", "devices", "mimetypes", "places")
MOST_OF_A_CLASS = 400

FLAGS = {
    "cross": "ax bi _basque ch _scotland dk dm do fi fo gb ge gg is je jm no se",
    "ensign": "ai au bm ck fj fk gs io ky ms nc nu nz pn sh tc tk tv vg",
    "horizontal": "am ar at az bg bo bw co cr cv de ec ee eg es et ga gh gm hn hr ht hu id in iq ir ke kh la lb li ls lt "
    "lu lv ly mm mu mw ne ni nl pf pl py rs ru rw si sk sl sm sv sy th tj ua uz ve ye",
    "triangle": "bs cu cz dj eh er gq gy jo km mf mz ph pr ps sd ss st sx tl vu za zw",
    "vertical": "ad af bb be ca ci cm dz fr gn gt ie it md ml mn mt mx nf ng pe pt ro sn td va vc",
}
"""Codes of iso-flags-png-320x240, by what is on them."""
CROPS = {"train": 8, "test": 4}
FLAG_SIZE = (96, 72)


def make_icons(folder: Path) -> None:
    """Lay icons of 48 x 48 of five themes into folders by their freedesktop category, and every fifth name into the test."""
    kept: dict[tuple[str, str], list[Path]] = {}
    with tempfile.TemporaryDirectory() as unpacked:
        seen: set[bytes] = set()
        for picture in sorted(
            _unpacked(ICON_PACKAGES, Path(unpacked)).glob("usr/share/icons/**/*.png")
        ):
            places = picture.relative_to(unpacked).parts
            category = next((name for name in ICON_CLASSES if name in places[:-1]), None)
            if category is None or not {"48", "48x48"} & set(places) or picture.is_symlink():
                continue
            pixels = PIL.Image.open(picture).convert("RGBA")
            digest = hashlib.sha256(pixels.tobytes()).digest()
            if digest in seen or pixels.size != (48, 48):
                continue
            seen.add(digest)
            kept.setdefault((_part(picture.stem, 5), category), []).append(picture)
        for (part, category), pictures in kept.items():
            pictures.sort(
                key=lambda picture: hashlib.sha256(
                    str(picture.relative_to(unpacked)).encode()
                ).digest()
            )
            target = folder / part / category
            target.mkdir(parents=True)
            for picture in pictures[:MOST_OF_A_CLASS]:
                theme = picture.relative_to(unpacked).parts[3]
                (target / f"{theme}-{picture.name}").write_bytes(picture.read_bytes())


def make_flags(folder: Path) -> None:
    """Cut windows out of flags, as pictures of them look; a third of the flags is in the test alone."""
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as unpacked:
        _unpacked(("iso-flags-png-320x240",), Path(unpacked))
        pictures = Path(unpacked, "usr", "share", "iso-flags-png-320x240")
        for kind, codes in FLAGS.items():
            for code in codes.split():
                flag = PIL.Image.open(pictures / f"{code}.png").convert("RGB")
                part = _part(code, 3)
                target = folder / part / kind
                target.mkdir(parents=True, exist_ok=True)
                for at in range(CROPS[part]):
                    _window(flag, random).save(target / f"{code}-{at}.png")


def _window(flag: PIL.Image.Image, random: np.random.Generator) -> PIL.Image.Image:
    turned = flag.rotate(float(random.uniform(-8, 8)), PIL.Image.Resampling.BILINEAR)
    share = random.uniform(0.75, 1.0)
    width, height = share * flag.width, share * flag.height
    left, top = random.uniform(0, flag.width - width), random.uniform(0, flag.height - height)
    cut = turned.resize(
        FLAG_SIZE, PIL.Image.Resampling.BOX, (left, top, left + width, top + height)
    )
    return PIL.ImageEnhance.Brightness(cut).enhance(float(random.uniform(0.7, 1.2)))


def make_digits(folder: Path) -> None:
    """Write scikit-learn's digits as grey pictures of 8 x 8, every third one of them into the test."""
    from sklearn.datasets import load_digits

    found = load_digits()
    for at, (image, label) in enumerate(zip(found.images, found.target, strict=True)):
        target = folder / _part(str(at), 3) / str(label)
        target.mkdir(parents=True, exist_ok=True)
        pixels = np.round(image * 255 / 16).astype(np.uint8)
        PIL.Image.fromarray(pixels).save(target / f"{at:04}.png")


MAKERS = {"icons": make_icons, "flags": make_flags, "digits": make_digits}


def _part(name: str, test_of: int) -> str:
    """Tell which part a name belongs to: one of so many is the test's, by a hash that nobody chose."""
    return "train" if hashlib.sha256(name.encode()).digest()[0] % test_of else "test"


def _unpacked(packages: tuple[str, ...], folder: Path) -> Path:
    subprocess.run(["apt-get", "download", *packages], cwd=folder, check=True, capture_output=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
    return folder


def striate_command(folder: Path, seed: int, output: Path) -> list[str]:
    """Train as somebody does who types nothing but the folder."""
    run = str(output / "run")
    told = ["--data", str(folder), "--seed", str(seed), "--threads", "1", "--output", run, "--json"]
    return [sys.executable, "-m", "striate", "train", *told]


def keras_command(folder: Path, seed: int, *, is_augmented: bool) -> list[str]:
    """Train as the tutorial does."""
    worker = Path(__file__).parent / "peers" / "keras_tutorial.py"
    told = [str(folder), "--seed", str(seed), *(["--augment"] if is_augmented else [])]
    return [str(Path(__file__).parent / ".venv" / "bin" / "python"), str(worker), *told]


PROGRAMS = ("striate", "keras", "keras-augmented")


def measure(program: str, folder: Path, seed: int) -> dict[str, float]:
    """Train once; return the error on the test folder in percent, the processor's minutes, and what the program tells."""
    with tempfile.TemporaryDirectory() as output:
        command = (
            striate_command(folder, seed, Path(output))
            if program == "striate"
            else keras_command(folder, seed, is_augmented=program == "keras-augmented")
        )
        log = Path(output, "log")
        variables = environment(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
        spent = took(command, log, variables)
        lines = log.read_text(encoding="utf-8").splitlines()
        error = 100 * next(
            json.loads(line)["test_error"] for line in reversed(lines) if '"test_error"' in line
        )
    minutes = spent["processor_s"] / 60
    return {"error_percent": round(error, 2), "processor_minutes": round(minutes, 2)}


def table(outcome: dict[str, dict[str, dict[str, dict[str, float]]]]) -> Iterator[str]:
    """Write the table of the page: mean error, its interval at 95 %, and minutes of one processor."""
    yield "| folder | " + " | ".join(PROGRAMS) + " |"
    yield "| --- |" + " --- |" * len(PROGRAMS)
    for name, programs in outcome.items():
        cells = [_cell(list(programs.get(program, {}).values())) for program in PROGRAMS]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _cell(runs: list[dict[str, float]]) -> str:
    if not runs:
        return "-"
    errors = [run["error_percent"] for run in runs]
    minutes = statistics.mean(run["processor_minutes"] for run in runs)
    interval = mean_interval(errors)
    spread = f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
    return f"{statistics.mean(errors):.1f} %{spread}, {minutes:.1f} min"


def main() -> None:
    """Make what folders are missing, measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", choices=list(MAKERS), default=list(MAKERS))
    parser.add_argument("--programs", nargs="*", choices=PROGRAMS, default=PROGRAMS)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    outcome = recorded("folders")
    for seed in range(arguments.seeds):
        for name in arguments.sets:
            folder = FOLDERS / name
            if not folder.exists():
                MAKERS[name](folder)
            for program in arguments.programs:
                runs = outcome.setdefault(name, {}).setdefault(program, {})
                if str(seed) not in runs:
                    runs[str(seed)] = measure(program, folder, seed)
                    record("folders", **outcome)
                    print(name, program, seed, runs[str(seed)], flush=True)
    print("\n".join(table(outcome)))


if __name__ == "__main__":
    main()
