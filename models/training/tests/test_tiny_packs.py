"""The rehearsal's data folder, and the parts of the full recipe that only it needs."""

import argparse
from pathlib import Path

import pytest

from training.data import tiny_packs
from training.data.ccp import ccp_photos
from training.data.dressed import shard_of
from training.data.packs import names_in, open_zip, split_ids
from training.data.pairs import pair_ids
from training.data.segmented import validation_people


def test_a_shard_is_a_part_of_a_whole() -> None:
    assert shard_of("2/4") == (2, 4)
    for text in ("4/4", "1", "-1/2", "a/b"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected I/N"):
            shard_of(text)


def test_training_and_held_out_entries_are_kept() -> None:
    ids = {f"{i:04}" for i in range(200)}
    held = {f"{i:04}" for i in range(50)}
    kept = tiny_packs.chosen(ids=ids, held=held, times=2)
    assert len(kept - held) == 2 * tiny_packs.LEARNT
    assert len(kept & held) == 2 * tiny_packs.HELD


def test_tables_keep_their_rows_by_id() -> None:
    table = "id,name\n1,a\n2,b\n"
    assert tiny_packs.rows_of(text=table, keep=lambda row: row["id"] == "2") == "id,name\n2,b\n"
    assert tiny_packs.rows_of(text="index,label\n0,x\n", keep=lambda row: False) == "index,label\n0,x\n"


def test_tiny_packs_have_both_parts(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["tiny_packs", "--data", str(data_folder), "--out", str(tmp_path)])
    tiny_packs.main()
    assert len(ccp_photos(data=tmp_path, validation=False)) == tiny_packs.LEARNT
    assert {name: len(items) for name, items in validation_people(data=tmp_path).items()}["portraits"] == tiny_packs.HELD
    assert all(pair_ids(data=tmp_path, split=split) for split in ("training", "validation"))
    with open_zip(data=tmp_path, name="packshots") as pack:
        assert split_ids(name="packshots-test") & {"p" + id for id in names_in(pack, folder="images")}
