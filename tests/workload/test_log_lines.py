import gzip
import os
import random
import tracemalloc

import pytest

from sim.errors import AccessLogError
from sim.workload.log_lines import BLOCK_BYTES, LINE_LIMIT_BYTES, LogFile


def lines(path) -> list[bytes]:
    blocks = list(LogFile(path).blocks())
    assert all(block.endswith(b"\n") for block in blocks)
    return b"".join(blocks).split(b"\n")[:-1]


def write(path, content: bytes, *, packed: bool = False):
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_lines_come_whole_and_in_order_over_many_blocks(tmp_path, packed):
    wanted = [b"%d " % number + b"x" * (number % 300) for number in range(20_000)]
    path = write(tmp_path / "any.name", b"\n".join(wanted), packed=packed)
    log = LogFile(path)
    assert len(list(log.blocks())) > 2
    assert lines(path) == wanted


def test_dos_line_ends_and_a_missing_last_one(tmp_path):
    assert lines(write(tmp_path / "dos.log", b"a\r\nb\n\r\nc")) == [b"a", b"b", b"", b"c"]


def test_several_gzip_files_in_one(tmp_path):
    path = tmp_path / "rotated.gz"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert lines(path) == [b"a", b"b"]


@pytest.mark.parametrize("length", [LINE_LIMIT_BYTES + 1, 3 * BLOCK_BYTES + 17])
def test_a_line_too_long_is_cut_and_marked(tmp_path, length):
    path = write(tmp_path / "long.log", b"before\n" + b"y" * length + b"\nafter\n")
    before, cut, after = lines(path)
    assert (before, after) == (b"before", b"after")
    assert cut.startswith(b"\0y")
    assert len(cut) < 200


def test_a_line_just_short_enough_is_kept(tmp_path):
    path = write(tmp_path / "long.log", b"a\n" + b"y" * LINE_LIMIT_BYTES + b"\nb\n")
    assert [len(line) for line in lines(path)] == [1, LINE_LIMIT_BYTES, 1]


def test_a_gzip_file_cut_short_is_read_as_far_as_it_goes(tmp_path):
    dice = random.Random(5)
    wanted = [dice.randbytes(20).hex().encode() for _ in range(5_000)]
    whole = gzip.compress(b"\n".join(wanted))
    path = tmp_path / "cut.gz"
    path.write_bytes(whole[: len(whole) // 2])
    log = LogFile(path)
    read = b"".join(log.blocks()).split(b"\n")
    assert 2_000 < len(read) < 3_000
    assert read[:2_000] == wanted[:2_000]
    assert log.notes == ["the gzip file is truncated: the part that could be unpacked was read"]
    list(log.blocks())
    assert len(log.notes) == 1


@pytest.mark.parametrize("damage", ["checksum", "what follows"])
def test_a_damaged_gzip_file_is_read_as_far_as_it_goes(tmp_path, damage):
    whole = gzip.compress(b"a\nb\n")
    path = tmp_path / "damaged.gz"
    path.write_bytes(whole[:-8] + b"\xff" * 8 if damage == "checksum" else whole + b"no gzip")
    log = LogFile(path)
    assert b"".join(log.blocks()) == b"a\nb\n"
    assert len(log.notes) == 1
    assert log.notes[0].startswith("the gzip file is damaged: the part that could be unpacked was read")


def test_a_gzip_bomb_stays_small_in_memory(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        for _ in range(64):
            packed.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        assert len(lines(path)) == 1
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_progress_ends_at_the_size_of_the_file(tmp_path):
    path = write(tmp_path / "some.log", b"x\n" * BLOCK_BYTES)
    log = LogFile(path)
    done = [log.done_bytes for _ in log.blocks()]
    assert done == sorted(done)
    assert done[-1] == log.total_bytes == path.stat().st_size


def test_what_is_no_log_file_is_refused(tmp_path):
    write(tmp_path / "access.log", b"x\n")
    (tmp_path / "empty.log").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("acess.log", r"no such file \(did you mean 'access.log'\?\)"),
        ("zzzzzzzzz", r"no such file$"),
        ("", r"is a directory \(name one log file in it\)"),
        ("empty.log", "is empty"),
        ("pipe", "is not a plain file"),
        ("nul\0byte", "cannot be read"),
    ):
        with pytest.raises(AccessLogError, match=message):
            LogFile(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_refused(tmp_path):
    path = write(tmp_path / "secret.log", b"x\n")
    path.chmod(0)
    with pytest.raises(AccessLogError, match="cannot be read: Permission denied"):
        list(LogFile(path).blocks())
