"""A feed of drawn products becomes one four times as large: each product also in three other colourways.

    python tests/bench/colourways.py FEED OUT

Drawing a product takes 40 ms, exchanging the colour channels of a picture a tenth of it. The pictures of the other
colourways are half as wide and high. Needs Pillow.
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

ORDERS = ((1, 2, 0), (2, 0, 1), (0, 2, 1))


def recoloured(feed: Path, out: Path, line: str) -> list[str]:
    product = json.loads(line)
    source = Path(product["image_link"])
    (out / source).hardlink_to(feed / source)
    lines = [line.strip()]
    picture = Image.open(feed / source)
    picture.draft("RGB", (picture.width // 2, picture.height // 2))
    channels = picture.convert("RGB").split()
    for number, order in enumerate(ORDERS, start=1):
        other = source.with_name(f"{source.stem}-{number}.jpg")
        Image.merge("RGB", [channels[channel] for channel in order]).save(out / other, quality=90)
        lines.append(json.dumps(product | {"id": f"{product['id']}-{number}", "image_link": str(other)}))
    return lines


def main() -> None:
    feed, out = map(Path, sys.argv[1:])
    (out / "images").mkdir(parents=True)
    with ProcessPoolExecutor() as pool, (out / "products.jsonl").open("w") as target:
        products = (feed / "products.jsonl").read_text().splitlines()
        for lines in pool.map(partial(recoloured, feed, out), products, chunksize=64):
            target.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
