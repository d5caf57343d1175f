"""What the system refuses is told in Chinese, whatever language the system speaks."""

import errno
import os
import re
from pathlib import Path

import pytest

from shequ.cli.commands import run
from shequ.system_faults import cause

USUAL = ("ENOENT", "EACCES", "EPERM", "EROFS", "ENOSPC", "EISDIR", "ENOTDIR", "EEXIST", "ENAMETOOLONG", "EIO", "EMFILE")


@pytest.mark.parametrize("name", USUAL)
def test_the_usual_refusals_have_chinese_words_only(name: str) -> None:
    number = getattr(errno, name)
    said = cause(OSError(number, os.strerror(number), "x.db"))
    assert re.fullmatch(r"[\u4e00-\u9fff，]+", said)


def test_two_refusals_are_told_apart() -> None:
    assert len(USUAL) == len({cause(OSError(getattr(errno, name), "")) for name in USUAL})


def test_a_refusal_that_is_not_known_keeps_its_number() -> None:
    assert "系统错误 9999" == cause(OSError(9999, "Something odd"))
    assert "系统错误 OSError" == cause(OSError("Something odd"))


def test_of_a_text_that_is_not_utf_8_the_place_is_told() -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        "a中".encode("gb18030").decode("utf-8")
    assert "第 2 个字节不是 UTF-8 文字" == cause(caught.value)


class TestCommandLine:
    """A clerk reads no word of the system's."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["template", "household", "--out", "{}/dir.csv", "--force"], "是文件夹，不是文件"),
            (["demo", "--out", "{}/file/demo", "--households", "60"], "路径中有一段是文件，不是文件夹"),
            (["import", "--from-export", "{}/file/none", "--store", "memory:"], "路径中有一段是文件，不是文件夹"),
            (
                ["check", "--store", "memory:", "--district", "S", "--at", "2025-01-01", "--rules", "{}"],
                "是文件夹，不是文件",
            ),
            (
                ["check", "--store", "memory:", "--district", "S", "--at", "2025-01-01", "--rules", "{}/gb.toml"],
                "不是 UTF-8 文字",
            ),
        ],
    )
    def test_what_cannot_be_read_or_written_is_told_in_chinese(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
    ) -> None:
        (tmp_path / "file").write_text("x")
        (tmp_path / "dir.csv").mkdir()
        (tmp_path / "gb.toml").write_bytes('name = "街道"'.encode("gb18030"))
        assert 2 == run([word.format(tmp_path) for word in arguments])
        told = capsys.readouterr().err
        assert said in told
        assert not re.search(r"[A-Z][a-z]+ (?:file|denied|directory|or|a)\b|codec|Errno", told)
