"""The wheel, installed with its dependencies into an empty environment, works as the checkout does."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Run where there is no checkout: what it finds it finds in the wheel.
START_STORES = """
import asyncio
from pathlib import Path

from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.lease import Lease
from engine.stores.redis import connect

async def main():
    async with EmbeddedStores(Path("data")) as stores:
        connection = await database.connect_one(stores.database_url)
        await database.apply_schema(connection)
        client = await connect(stores.redis_url)
        async with Lease(client, "lease", 60_000) as lease:
            print(await database.schema_version(connection), await lease.renew())
        await client.aclose()
        await connection.close()

asyncio.run(main())
"""


def run(command: list[str | Path], cwd: Path) -> str:
    """Run a program without this checkout or its environment in sight."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AFORO_"))}
    done = subprocess.run(command, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False)
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
    assert scripts | {"engine/schema.sql", "engine/py.typed"} <= inside
    assert not [name for name in inside if name.startswith(("tests/", "web/", "lua/"))]


@pytest.mark.timeout(300)
def test_dependencies_fit_and_stores_start(installed: Path, open_folder: Path) -> None:
    empty = open_folder / "empty"
    empty.mkdir()
    assert "No broken requirements" in run([installed / "python", "-m", "pip", "check"], empty)
    assert run([installed / "python", "-c", START_STORES], empty).split() == ["1", "True"]
