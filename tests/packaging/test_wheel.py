"""What a stranger installs: a wheel and an sdist that hold all that is needed, in an environment of their own."""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from striate.cli import serve
from striate.version import __version__


ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both artefacts in a folder."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return folder


def test_wheel_and_sdist_hold_every_file_of_the_package(built: Path) -> None:
    files = {
        file.relative_to(ROOT / "src").as_posix()
        for file in (ROOT / "src/striate").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {
        "striate/networks/lenet5.md", "striate/errors/korean.txt", "striate/py.typed",
        "striate/kernels/small_network.cpp", "striate/server/assets/page.html",
    } <= files  # fmt: skip
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert files == {name for name in names if ".dist-info/" not in name}
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/{name}" for name in files} | {"pyproject.toml", "LICENSE", "tests"} - inside <= (
        inside | {"tests"}
    )


def test_the_wheel_runs_in_an_environment_of_its_own(built: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60
    )
    python = environment / "bin/python"
    (packages,) = environment.glob("lib/python*/site-packages")
    # torch and the like are those of the tests; what an editable installation says there is not read.
    (packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (wheel,) = built.glob("*.whl")
    install = ["--python", str(python), "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, timeout=60)
    home = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def told(*words: str) -> str:
        done = subprocess.run(
            [environment / "bin/striate", *words],
            cwd=tmp_path, env=home, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout

    assert told("--version") == f"striate {__version__}\n"
    assert json.loads(told("check", "lenet5", "--json"))
    where = subprocess.run(
        [python, "-c", "import striate; print(striate.__file__, len(striate.load_source('mnist').train.labels))"],
        cwd=tmp_path, env=home, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert where.stdout == f"{packages / 'striate/__init__.py'} 60000\n"


def test_a_release_is_described_with_its_digests(built: Path) -> None:
    script = [sys.executable, "scripts/sbom.py", str(built)]
    subprocess.run(script, cwd=ROOT, check=True, capture_output=True, timeout=60)
    report = json.loads((built / f"striate-{__version__}.cdx.json").read_text(encoding="utf-8"))
    names = {one["name"].lower().replace("_", "-") for one in report["components"]}
    assert {"torch", "numpy", "fastapi", "uvicorn", "onnx", "sympy"} <= names
    assert not names & {"pytest", "mypy", "striate"}
    known = {one["bom-ref"] for one in report["components"]} | {
        report["metadata"]["component"]["bom-ref"]
    }
    assert {reference for one in report["dependencies"] for reference in one["dependsOn"]} <= known
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=built, check=True)


def test_the_conda_recipe_asks_for_what_the_project_asks_for() -> None:
    text = (ROOT / "packaging/conda/recipe.yaml").read_text(encoding="utf-8")
    recipe = yaml.safe_load(text)
    assert recipe["context"]["version"] == __version__
    names = {"matplotlib-base": "matplotlib", "pytorch": "torch"}
    run = [line.split(" ") for line in recipe["requirements"]["run"]]
    asked = {names.get(name, name) + version for name, version in run if name != "python"}
    assert asked == set(PROJECT["dependencies"])
    assert f"python {PROJECT['requires-python']}" in recipe["requirements"]["run"]


def test_every_pin_of_an_extra_for_tests_stands_in_the_constraints() -> None:
    pins = {
        re.split(r"==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    for line in PROJECT["optional-dependencies"]["dev"]:
        name = re.split(r"[;<>=\[ ]", line)[0].lower().replace("_", "-")
        assert name in pins, name


EXAMPLES = ROOT / "examples/serve"


@pytest.mark.parametrize("name", ["kubernetes", "kserve"])
def test_the_examples_of_serving_are_what_they_say(name: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    probes = set(re.findall(r"path: (/v2/\S+?)[,}]", text))
    assert probes
    assert all(
        path in {"/v2/health/ready", "/v2/health/live", "/v2/models/digits/ready"}
        for path in probes
    )
    assert list(yaml.safe_load_all(text))


def test_the_commands_of_the_examples_have_flags_that_exist() -> None:
    image = (EXAMPLES / "Dockerfile").read_text(encoding="utf-8")
    service = (EXAMPLES / "striate.service").read_text(encoding="utf-8")
    kserve = yaml.safe_load((EXAMPLES / "kserve.yaml").read_text(encoding="utf-8"))
    (container,) = kserve["spec"]["predictor"]["containers"]
    entry = json.loads(re.findall(r"^ENTRYPOINT (.*)$", image, re.MULTILINE)[0])
    (start,) = re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    serve.add_arguments(parser)
    ports = set()
    for words in (entry, shlex.split(start), [*container["command"], *container["args"]]):
        program, verb, *rest = words
        assert (Path(program).name, verb) == ("striate", "serve")
        read = parser.parse_args(rest)  # ends the test where a flag does not exist
        assert len(read.bundles) == 1
        ports.add(read.port)
    (port,) = container["ports"]
    assert ports == {8000, port["containerPort"]}
    assert container["readinessProbe"]["httpGet"]["port"] == port["containerPort"]
    assert re.findall(r"^EXPOSE (\d+)$", image, re.MULTILINE) == ["8000"]
    # What the image copies and installs is there.
    copied = re.findall(r"^COPY (?!--from)(?!\$)(.*) \S+$", image, re.MULTILINE)
    assert all((ROOT / name).exists() for names in copied for name in names.split())
    extras = re.findall(r"\.whl\)\[(\w+)\]", image)
    assert extras == ["serve"]
    assert set(extras) <= PROJECT["optional-dependencies"].keys()
    # The server may take as long to end as it says.
    longest = 2 * parser.get_default("timeout")
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", service, re.MULTILINE)
    deployment = next(yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text("utf-8")))
    pod = deployment["spec"]["template"]["spec"]
    (waits,) = (one["lifecycle"]["preStop"]["exec"]["command"][1] for one in pod["containers"])
    assert int(stop) > longest
    assert pod["terminationGracePeriodSeconds"] > longest + int(waits)
    assert re.findall(r"^USER (.*)$", image, re.MULTILINE) == [
        str(pod["securityContext"]["runAsUser"])
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_finds_nothing_wrong_with_the_service(tmp_path: Path) -> None:
    text = (EXAMPLES / "striate.service").read_text(encoding="utf-8")
    for name, start in (("good", sys.executable), ("bad", "/nowhere/striate")):
        unit = tmp_path / f"{name}.service"
        unit.write_text(text.replace("/opt/striate/bin/striate", start), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", unit],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        found = [line for line in done.stderr.splitlines() if unit.name in line]
        assert bool(found) == (name == "bad"), found
