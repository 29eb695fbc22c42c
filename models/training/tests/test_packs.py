"""The readers of the packs: on tiny packs made here, and on the data folder where it is present."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.classes import CATEGORIES
from training.data.near_copies import left_out, near_copies
from training.data.packs import DataMissingError, split_ids
from training.data.packshots import Packshot, packshots
from training.data.pairs import LIP, SPLITS, Pair, all_pair_ids, hash_order, pair_ids, read_pairs
from training.data.people import people
from training.data.portraits import portraits
from training.data.products import held_out, packshot_products, twins
from training.data.street_parsed import LABELS, street_photos


def encoded(array: np.ndarray, *, kind: str = "PNG") -> bytes:
    """An array as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return buffer.getvalue()


def pack(path: Path, files: dict[str, bytes | str]) -> None:
    """Writes a zip."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)


def picture(seed: int, *, size: tuple[int, int] = (256, 192)) -> np.ndarray:
    """Blocks of random colours."""
    blocks = np.random.default_rng(seed).integers(0, 255, (8, 6, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(blocks).resize(size[::-1], Image.Resampling.NEAREST))


def pair(seed: int, *, person: np.ndarray | None = None) -> Pair:
    """A made pair."""
    shown = picture(seed) if person is None else person
    return Pair(id=f"{seed:06}", person=shown, product=picture(1000 + seed), parse=np.zeros((256, 192), np.uint8))


def test_a_pair_is_a_person_a_product_and_a_parse_map(tmp_path: Path) -> None:
    parse = np.zeros((256, 192), np.uint8)
    parse[50:150, 40:150], parse[20:50, 80:110] = LIP.index("upper clothes"), LIP.index("face")
    files = {"pairs.csv": "id\n000007\n", "parse/000007.png": encoded(parse)}
    files |= {f"{kind}/000007.webp": encoded(picture(i), kind="WEBP") for i, kind in enumerate(("person", "product"))}
    pack(tmp_path / "pairs-studio.zip", files)
    assert all_pair_ids(data=tmp_path) == ["000007"]
    (found,) = read_pairs(data=tmp_path, ids=["000007"])
    assert (found.person == picture(0)).all()
    assert found.garment.sum() == 100 * 110
    assert found.mask.sum() == 100 * 110 + 30 * 30


def test_a_parse_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected person, product and parse map"):
        Pair(id="1", person=picture(1), product=picture(2), parse=np.zeros((4, 4), np.uint8))


def test_pairs_are_held_out_by_the_hash_of_their_id(data_folder: Path) -> None:
    ids = hash_order(ids=all_pair_ids(data=data_folder))
    assert split_ids(name="pairs-validation") == set(ids[:800])
    assert split_ids(name="pairs-test") == set(ids[800:1600])
    parts = {split: pair_ids(data=data_folder, split=split) for split in SPLITS}
    assert [len(parts[split]) for split in SPLITS] == [5218, 800, 800]
    assert len({id for part in parts.values() for id in part}) == 6818
    for found in read_pairs(data=data_folder, ids=parts["training"][:5]):
        assert found.garment.mean() > 0.02


def test_a_near_copy_of_a_held_out_pair_is_left_out() -> None:
    held = [pair(seed) for seed in range(4)]
    brighter = np.clip(held[2].person.astype(int) + 2, 0, 255).astype(np.uint8)
    training = [pair(10), pair(11, person=brighter), pair(12)]
    assert left_out(training=training, held=held) == ["000011"]
    assert not near_copies(pictures=[], others=[picture(1)]).any()


def test_packshots_have_the_studio_packs_names() -> None:
    row = {"category": "jumpers", "product_type": "Hoodie", "colour": "Dark Blue", "pattern": "Stripe", "group": "Menswear"}
    expected = {
        "category": "jumpers",
        "articleType": "Sweatshirts",
        "baseColour": "Navy Blue",
        "gender": "Men",
        "pattern": "stripe",
    }
    assert Packshot(id="1", payload=b"", row=row).attributes == expected
    other = row | {"colour": "Other Pink", "group": "Baby/Children"}
    assert Packshot(id="1", payload=b"", row=other).attributes["baseColour"] == ""
    light = Packshot(id="1", payload=b"", row=row | {"colour": "Light Green"})
    assert light.attributes["baseColour"] == "Green"


def test_an_unknown_category_of_a_packshot_is_named(tmp_path: Path) -> None:
    pack(tmp_path / "packshots.zip", {"products.csv": "id,category\n1,hats\n"})
    with pytest.raises(ValueError, match="unknown categories"):
        packshots(data=tmp_path)


def test_packshots_and_their_held_out_families(data_folder: Path) -> None:
    products = packshot_products(folder=data_folder)
    assert len(products) == 5307
    assert {product.category for product in products} == set(CATEGORIES)
    held = split_ids(name="packshots-test")
    assert held < {product.id for product in products}
    assert held <= held_out()
    assert split_ids(name="packshots-test-twins") <= held & twins()
    codes = [{product.id[:8] for product in products if (product.id in held) is side} for side in (True, False)]
    assert not codes[0] & codes[1], "two colours of a product are in one part"
    assert max(products[0].picture.shape) == 288


def test_street_photos_have_the_labels_of_their_table(tmp_path: Path) -> None:
    labels = np.zeros((30, 20), np.uint8)
    labels[10:] = LABELS.index("trousers")
    table = "index,label\n" + "".join(f"{i},{name}\n" for i, name in enumerate(LABELS))
    files = {"photos/0002.webp": encoded(picture(1, size=(30, 20)), kind="WEBP"), "labels/0002.png": encoded(labels)}
    pack(tmp_path / "street-parsed.zip", files | {"labels.csv": table})
    (found,) = street_photos(data=tmp_path)
    assert found.id == "0002"
    assert (found.labels == labels).all()
    pack(tmp_path / "street-parsed.zip", files | {"labels.csv": "index,label\n0,sky\n"})
    with pytest.raises(ValueError, match="expected the labels"):
        next(street_photos(data=tmp_path))


def test_masks_cover_all_people_of_a_photo(tmp_path: Path) -> None:
    mask = np.zeros((30, 20), bool)
    mask[5:, 5:15] = True
    files: dict[str, bytes | str] = {}
    for id in ("scene-b", "portrait-a"):
        files |= {f"photos/{id}.webp": encoded(picture(1, size=(30, 20)), kind="WEBP"), f"masks/{id}.png": encoded(mask)}
    pack(tmp_path / "people.zip", files)
    assert [found.id for found in people(data=tmp_path)] == ["portrait-a", "scene-b"]
    (found,) = people(data=tmp_path, kind="scene")
    assert (found.mask == mask).all()
    with pytest.raises(ValueError, match="expected the kind"):
        people(data=tmp_path, kind="street")


def test_every_pack_with_masks_reads(data_folder: Path) -> None:
    assert len([*street_photos(data=data_folder)]) == 300
    assert all(0.05 < found.mask.mean() < 0.95 for found in portraits(data=data_folder, limit=20))
    assert len([*people(data=data_folder)]) == 348


def test_a_pack_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"packshots\.zip"):
        packshots(data=tmp_path)
