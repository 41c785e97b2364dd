"""The wheel, installed with its dependencies into an empty environment, works as the checkout does."""

import os
import signal
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from engine.stores.process import wait_until
from engine.stores.steps import shipped
from loadtest.growth.valkeys import free_ports

ROOT = Path(__file__).resolve().parents[1]
# Run where there is no checkout: what it finds it finds in the wheel.
START_STORES = """
import asyncio
from pathlib import Path

from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.stores.lease import Lease
from engine.stores.redis import connect
from engine.stores.standing import standing

async def main():
    async with EmbeddedStores(Path("data")) as stores:
        connection = await database.connect_one(stores.database_url)
        await schema.apply(connection, contract=True)
        client = await connect(stores.redis_url)
        async with Lease(client, "lease", 60_000) as lease:
            print(len((await standing(connection)).noted), await lease.renew())
        await client.aclose()
        await connection.close()

asyncio.run(main())
"""


def surroundings() -> dict[str, str]:
    """The environment without this checkout in sight."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AFORO_"))}
    return {**kept, "AFORO_PROVIDER": "sandbox"}


def run(command: list[str | Path], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=surroundings(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    run(build, folder)
    (built,) = folder.glob("aforo-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, open_folder: Path) -> Path:
    """The programs of an empty environment with the wheel and its pinned dependencies."""
    environment = open_folder / "environment"
    venv.create(environment, with_pip=True)
    pip: list[str | Path] = [environment / "bin" / "python", "-m", "pip", "install", "-q", "--no-compile"]
    run([*pip, "--require-hashes", "-r", ROOT / "requirements.lock"], open_folder)
    run([*pip, "--no-deps", wheel], open_folder)
    return environment / "bin"


def test_every_script_and_the_schema_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    scripts = {f"engine/lua/{path.relative_to(ROOT / 'lua')}" for path in (ROOT / "lua").rglob("*.lua")}
    steps = {f"engine/migrations/{step.name}.sql" for step in shipped()}
    assert scripts | steps | {"engine/schema.sql", "engine/py.typed"} <= inside
    assert not [name for name in inside if name.startswith(("tests/", "web/", "lua/", "migrations/"))]


@pytest.mark.node
def test_the_built_pages_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        pages = {name.removeprefix("server/web/") for name in archive.namelist() if name.startswith("server/web/")}
    assert {"manifest.json", "icon.svg"} <= pages
    assert any(name.startswith("assets/buyer-") and name.endswith(".js.br") for name in pages)


@pytest.mark.timeout(300)
def test_dependencies_fit_and_stores_start(installed: Path, open_folder: Path) -> None:
    empty = open_folder / "empty"
    empty.mkdir()
    assert "No broken requirements" in run([installed / "python", "-m", "pip", "check"], empty)
    run([installed / "python", "-c", "import crowd.players, server.rehearsing.run"], empty)
    assert run([installed / "python", "-c", START_STORES], empty).split() == [str(len(shipped())), "True"]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.timeout(300)
def test_aforo_up_in_an_empty_folder_becomes_ready_and_stops_cleanly(installed: Path, open_folder: Path) -> None:
    folder = open_folder / "wheel-up"
    folder.mkdir()
    (port,) = free_ports(1)
    command = [installed / "aforo", "up", "--port", str(port), "--processes", "1"]
    # Nobody reads a pipe while we wait, so what it says goes into a file.
    with (folder / "said").open("w+") as said:
        child = subprocess.Popen(command, cwd=folder, env=surroundings(), stdout=said, stderr=subprocess.STDOUT)
        try:
            ready = wait_until(lambda: child.poll() is not None or answers(f"http://127.0.0.1:{port}/readyz"), 60)
            assert ready, (folder / "said").read_text()
            assert child.poll() is None, (folder / "said").read_text()
            assert answers(f"http://127.0.0.1:{port}/")
        finally:
            child.send_signal(signal.SIGINT)
            ended = child.wait(timeout=60)
    assert ended == 0, (folder / "said").read_text()
    assert (folder / ".aforo" / "postgres" / "PG_VERSION").exists()
    assert not (folder / ".aforo" / "run").exists()
