import pytest

from agents.worker import _make_folder


@pytest.fixture
def ended(monkeypatch):
    """Where the process would end, its exit code is raised."""

    def end(code):
        raise SystemExit(int(code))

    monkeypatch.setattr("agents.ending.os._exit", end)


def test_the_data_folder_is_made(tmp_path):
    _make_folder(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()
    _make_folder(str(tmp_path / "a" / "b"))


def test_a_folder_that_cannot_be_made_or_written_ends_with_the_reason(tmp_path, ended, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as stopped:
        _make_folder(str(tmp_path / "file"))
    assert stopped.value.code == 78
    monkeypatch.setattr("agents.worker.os.access", lambda *_: False)
    with pytest.raises(SystemExit):
        _make_folder(str(tmp_path))
    said = capsys.readouterr().out
    assert f"cannot use the folder {tmp_path / 'file'} (File exists); change data_dir in service.yml" in said
    assert f"cannot use the folder {tmp_path} (it is not writable)" in said
