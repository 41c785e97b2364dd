"""Built files: only those listed, in the best encoding, kept for ever when their name holds their hash."""

import gzip
import json
from pathlib import Path

from server.pages.assets import Assets, accepted_encodings

SCRIPT = b"export const seats = 1;\n" * 200


def built(folder: Path) -> Assets:
    (folder / "assets").mkdir()
    (folder / "assets" / "buyer-abc.js").write_bytes(SCRIPT)
    (folder / "assets" / "buyer-abc.js.br").write_bytes(b"squeezed")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "buyer.html").write_text("<!doctype html>")
    (folder / ".secret").write_text("no")
    (folder.parent / "outside.txt").write_text("no")
    manifest = {
        "buyer.html": {
            "file": "assets/buyer-abc.js",
            "name": "buyer",
            "isEntry": True,
            "imports": ["_shared.js"],
            "css": ["assets/buyer.css"],
        },
        "_shared.js": {"file": "assets/shared.js", "css": ["assets/shared.css"], "imports": ["_deep.js"]},
        "_deep.js": {"file": "assets/deep.js"},
        "src/lazy.ts": {
            "file": "assets/lazy.js",
            "isDynamicEntry": True,
            "imports": ["buyer.html", "_deep.js"],
            "css": ["assets/lazy.css"],
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Assets(folder)


def folder_in(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    return folder


def test_only_listed_files_are_served(tmp_path: Path) -> None:
    assets = built(folder_in(tmp_path))
    assert set(assets.names) == {"assets/buyer-abc.js", "icon.svg"}
    for name in ("../outside.txt", ".secret", "manifest.json", "assets/", "", "assets/../icon.svg", "buyer.html"):
        assert assets.file(name) is None


def test_a_hashed_name_is_kept_for_ever_and_others_are_not(tmp_path: Path) -> None:
    assets = built(folder_in(tmp_path))
    script, icon = assets.file("assets/buyer-abc.js"), assets.file("icon.svg")
    assert script is not None
    assert icon is not None
    assert script.cache_control == "public, max-age=31536000, immutable"
    assert "immutable" not in icon.cache_control
    assert script.content_type.startswith("text/javascript")


def test_the_best_encoding_the_browser_takes(tmp_path: Path) -> None:
    script = built(folder_in(tmp_path)).file("assets/buyer-abc.js")
    assert script is not None
    assert script.choose("gzip, deflate, br") == ("br", b"squeezed")
    encoding, body = script.choose("gzip, br;q=0")
    assert encoding == "gzip"
    assert gzip.decompress(body) == SCRIPT
    assert script.choose("") == ("identity", SCRIPT)


def test_encodings_are_read_as_the_browser_weighs_them() -> None:
    assert accepted_encodings("GZIP, br ; q=0, zstd;q=0.5,") == {"gzip", "zstd"}


def test_an_entry_names_all_that_it_needs_at_once(tmp_path: Path) -> None:
    assets = built(folder_in(tmp_path))
    entry = assets.entry("buyer")
    assert entry is not None
    assert entry.script == "/assets/buyer-abc.js"
    assert entry.styles == ("/assets/buyer.css", "/assets/shared.css")
    assert entry.preloads == ("/assets/shared.js", "/assets/deep.js")
    assert assets.entry("lazy") is None


def test_an_entry_brings_the_parts_that_a_page_will_load(tmp_path: Path) -> None:
    entry = built(folder_in(tmp_path)).entry("buyer", "src/lazy.ts", "src/unknown.ts")
    assert entry is not None
    assert entry.styles == ("/assets/buyer.css", "/assets/shared.css", "/assets/lazy.css")
    assert entry.preloads == ("/assets/shared.js", "/assets/deep.js", "/assets/lazy.js")


def test_without_built_pages_there_is_nothing_to_serve() -> None:
    assets = Assets(None)
    assert not assets.built
    assert assets.names == ()
    assert assets.entry("buyer") is None
