"""Every setting, and where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from trivet import App, ArgumentError, Setting


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("TRIVET_ENGINE", "TRIVET_LOG", "TRIVET_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def by_key(app: App) -> dict[str, Setting]:
    return {setting.key: setting for setting in app.settings()}


def test_every_setting_has_a_source_and_a_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "trivet.toml").write_text('[server]\nport = 81\n[app]\nlanguage = "python"\n')
    (folder / ".env").write_text("TRIVET_BACKLOG=12\nSECRET='a b'\n")
    monkeypatch.setenv("TRIVET_IDLE_TIMEOUT_MS", "5s")
    found = by_key(App(body_bytes_max=5))
    expected = {
        "server.port": ("81", "8000", "file", "trivet.toml:2"),
        "server.backlog": ("12", "4096", "env-file", ".env:1"),
        "server.idle_timeout_ms": ("5000", "75000", "environment", "TRIVET_IDLE_TIMEOUT_MS"),
        "server.body_bytes_max": ("5", "1048576", "program", ""),
        "server.host": ("127.0.0.1", "127.0.0.1", "default", ""),
        "app.language": ("python", "", "file", "trivet.toml:4"),
        "app.entry": ("", "", "default", ""),
    }
    for key, facts in expected.items():
        setting = found[key]
        assert (setting.value, setting.default, setting.source, setting.place) == facts
    assert found["server.port"].variable == "TRIVET_PORT"
    assert found["server.port"].allowed == "0 to 65535"
    assert found["server.port"].help.startswith("Port")
    assert repr(found["server.port"]) == "<Setting server.port = '81' (trivet.toml:2)>"
    assert repr(found["app.entry"]) == "<Setting app.entry = '' (default)>"
    keys = {key.removeprefix("server.") for key in found if key.startswith("server.")}
    assert keys == set(App().config)


def test_the_other_entries_of_the_env_file(folder: Path) -> None:
    assert App().variables() == {}
    (folder / ".env").write_text("A=1\nTRIVET_PORT=82\nexport B='ü'\nA=2\n")
    app = App()
    assert app.variables() == {"A": "2", "B": "ü"}
    assert app.config["port"] == 82


def test_what_is_wrong_is_told(folder: Path) -> None:
    (folder / ".env").write_text("\nno entry\n")
    app = App()
    with pytest.raises(ArgumentError, match=r"\.env:2: this is no NAME=VALUE"):
        app.settings()
