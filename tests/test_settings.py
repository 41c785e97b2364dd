"""Settings: safe defaults, every wrong variable named, and a secret that is kept."""

import stat
from pathlib import Path

import pytest

from engine.settings import Settings, SettingsFault, load


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AFORO_{name.upper()}", raising=False)


def test_without_any_variable_everything_is_local() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.embedded) == ("127.0.0.1", 8080, True)
    assert settings.public_url == "http://127.0.0.1:8080"


def test_every_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_PORT", "eighty")
    monkeypatch.setenv("AFORO_LOG_FORMAT", "xml")
    monkeypatch.setenv("AFORO_SECRET", "short")
    with pytest.raises(SettingsFault) as caught:
        load()
    message = str(caught.value)
    assert all(name in message for name in ("AFORO_PORT", "AFORO_LOG_FORMAT", "AFORO_SECRET"))
    assert "short" not in message.replace("shorter", "")


def test_letters_to_real_people_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_DEV_MAIL", "true")
    assert load().dev_mail
    monkeypatch.setenv("AFORO_SMTP_URL", "smtp://user:hunter2@mail.example")
    with pytest.raises(SettingsFault, match="AFORO_DEV_MAIL: shows letters") as caught:
        load()
    assert "hunter2" not in str(caught.value)


def test_origins_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_ORIGINS", "https://a.example/, https://b.example")
    assert load().origins == ("https://a.example", "https://b.example")


def test_older_audit_keys_are_named_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_AUDIT_KEYS", f"{'a' * 64}, {'b' * 64}")
    assert load().audit_keys == ("a" * 64, "b" * 64)
    monkeypatch.setenv("AFORO_AUDIT_KEYS", "a" * 63)
    with pytest.raises(SettingsFault, match="AFORO_AUDIT_KEYS"):
        load()


def test_an_empty_url_means_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_REDIS_URL", "")
    assert load().redis_url is None


def test_the_secret_is_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first = settings.signing_secret()
    assert settings.signing_secret() == first
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]


def test_stores_of_ones_own_need_a_secret_of_ones_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://somewhere/aforo")
    with pytest.raises(SettingsFault, match="AFORO_SECRET is missing"):
        settings.signing_secret()


def test_the_secret_is_not_shown() -> None:
    settings = Settings(secret="s" * 40)
    assert "s" * 40 not in repr(settings)
