"""Where takes lie: in order, by safe names, dropped whole."""

from pathlib import Path

import pytest

from recorder.spool import Spool


def test_takes_and_parts_come_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    for take_id, part in (("tk_b", 10), ("tk_b", 2), ("tk_a", 1)):
        spool.part_directory(take_id, part).mkdir(parents=True)
    (spool.root / "something else").mkdir()

    assert spool.takes() == ["tk_a", "tk_b"]
    assert [path.name for path in spool.parts("tk_b")] == ["part-2", "part-10"]
    assert spool.parts("tk_unknown") == []


def test_a_dropped_take_is_gone_and_dropping_it_again_is_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.part_directory("tk_a", 1).mkdir(parents=True)

    spool.drop("tk_a")
    spool.drop("tk_a")

    assert spool.takes() == []
    assert list(spool.root.iterdir()) == []


def test_a_drop_that_was_cut_short_ends_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "spool" / "tk_a.dropped" / "part-1").mkdir(parents=True)

    assert Spool(tmp_path / "spool").takes() == []
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("take_id", ["", "..", "tk_../x", "tk_a/b", "tk_" + "a" * 100])
def test_only_ids_name_folders(tmp_path: Path, take_id: str) -> None:
    with pytest.raises(ValueError, match="not a take id"):
        Spool(tmp_path / "spool").part_directory(take_id, 1)
