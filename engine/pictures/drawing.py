"""Draws a picture anew, in a few widths: what comes out holds pixels that were drawn here, and nothing else.

Each picture is drawn by a process of its own, which has little memory, little time and low priority: a file made to
exhaust or to break a decoder takes that process with it, and nothing else. Its form is known by its first bytes alone.
Fails with Unfit, as a value, and with TimeoutError where the machine has too much else to do.
"""

from __future__ import annotations

import asyncio
import io
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress

import orjson
from PIL import Image, ImageCms, ImageOps

from engine.limits import (
    PICTURE_DRAW_BYTES_MAX,
    PICTURE_DRAW_CPU_S_MAX,
    PICTURE_DRAW_S_MAX,
    PICTURE_PIXELS_MAX,
    PICTURE_SIDE_MAX,
    PICTURE_SIDE_MIN,
    PICTURE_WIDTHS,
)
from engine.pictures.model import Drawn, Unfit

FORMS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 80
NICENESS = 10
NO_PICTURE = "it is no JPEG, PNG, WebP or GIF that can be read"


async def draw(body: bytes) -> Drawn | Unfit:
    """Draw it in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine.pictures.drawing"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for whoever started us
    )
    try:
        async with asyncio.timeout(PICTURE_DRAW_S_MAX):
            said, _ = await process.communicate(body)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return parsed(said) if process.returncode == 0 else Unfit(NO_PICTURE)


def parsed(said: bytes) -> Drawn | Unfit:
    """A line that tells what follows, and the files one after the other."""
    line, _, rest = said.partition(b"\n")
    told = orjson.loads(line)
    if "why" in told:
        return Unfit(told["why"])
    files, at = [], 0
    for width, size in told["files"]:
        files.append((width, rest[at : at + size]))
        at += size
    return Drawn(told["width"], told["height"], tuple(files))


# ── in the process that draws ──


def main() -> None:
    bounded()
    Image.MAX_IMAGE_PIXELS = None  # ours is asked before any pixel is read
    try:
        drawn = drawn_from(sys.stdin.buffer.read())
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        drawn = Unfit(NO_PICTURE)  # what Pillow raises of files that are broken
    out = sys.stdout.buffer
    if isinstance(drawn, Unfit):
        out.write(orjson.dumps({"why": drawn.why}) + b"\n")
        return
    files = [(width, len(body)) for width, body in drawn.files]
    out.write(orjson.dumps({"width": drawn.width, "height": drawn.height, "files": files}) + b"\n")
    for _, body in drawn.files:
        out.write(body)


def bounded() -> None:
    """Less than that is refused by the system, whatever a decoder asks for."""
    os.nice(NICENESS)
    for what, most in ((resource.RLIMIT_AS, PICTURE_DRAW_BYTES_MAX), (resource.RLIMIT_CPU, PICTURE_DRAW_CPU_S_MAX)):
        with suppress(ValueError, OSError):  # some systems know no such bound
            resource.setrlimit(what, (most, most))


def drawn_from(body: bytes) -> Drawn | Unfit:
    with Image.open(io.BytesIO(body), formats=FORMS) as found:  # reads no pixels yet
        width, height = found.size
        if width * height > PICTURE_PIXELS_MAX or max(width, height) > PICTURE_SIDE_MAX:
            return Unfit(f"it has {width} by {height} pixels, which are too many")
        if min(width, height) < PICTURE_SIDE_MIN:
            return Unfit(f"it has {width} by {height} pixels; {PICTURE_SIDE_MIN} each way are the least")
        found.draft("RGB", (PICTURE_WIDTHS[-1], PICTURE_WIDTHS[-1]))  # a large JPEG is read at a fraction of its size
        picture = upright(found)
    files: list[tuple[int, bytes]] = []
    widest: tuple[int, int] | None = None
    for each in reversed(widths_for(picture.width)):  # each from the one before, which is smaller by then
        size = (each, max(1, round(each * picture.height / picture.width)))
        picture = picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=QUALITY, method=4)
        files.insert(0, (each, out.getvalue()))
        widest = widest or size
    assert widest is not None, "every picture has a width"
    return Drawn(*widest, tuple(files))


def upright(found: Image.Image) -> Image.Image:
    """The first picture of the file as one sees it: turned as the camera was held, in sRGB, on white."""
    found.load()
    profile = found.info.get("icc_profile")
    turned = ImageOps.exif_transpose(found)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        drawn = turned.convert("RGBA")
        ground = Image.new("RGBA", drawn.size, "white")
        return Image.alpha_composite(ground, drawn).convert("RGB")
    if profile and turned.mode in ("RGB", "CMYK", "L"):
        with suppress(ImageCms.PyCMSError, OSError):  # a profile that makes no sense is left out
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            seen = ImageCms.profileToProfile(turned, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if seen is not None:
                return seen
    return turned.convert("RGB")


def widths_for(width: int) -> Sequence[int]:
    """Never wider than it came."""
    narrower = [each for each in PICTURE_WIDTHS if each < width]
    return [*narrower, min(width, PICTURE_WIDTHS[-1])] if width <= PICTURE_WIDTHS[-1] else PICTURE_WIDTHS


if __name__ == "__main__":
    main()
