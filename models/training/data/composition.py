"""Made photos of one to four people on another background, in a frame of any shape, with things in front of them.

The rule: everyone who is pasted is foreground, near or far. What stands in front of a person is background.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .geometry import Letterbox, letterbox_of
from .label_sets import IGNORE, WORN
from .parsed import Parsed

WIDTH, HEIGHT = 192, 288
PEOPLE_SHARES = (0.62, 0.23, 0.1, 0.05)
"""How often one, two, three and four people are in a made photo."""
SMALLEST, LARGEST = 0.12, 1.35
"""Heights of people, as shares of the frame's."""
OCCLUDED = 0.2
"""The share of made photos with something in front."""


@dataclass(frozen=True)
class Figure:
    """People cut out of a photo: `(h, w, 3)` and labels `(h, w)`, 0 outside; `cut`: the photo's lower edge cuts them."""

    picture: np.ndarray
    labels: np.ndarray
    cut: bool


def figure_of(*, parsed: Parsed) -> Figure | None:
    """A photo's people within their bounding box; `None` if nobody is there."""
    person = (parsed.labels > 0) & (parsed.labels != IGNORE)
    rows, columns = np.flatnonzero(person.any(axis=1)), np.flatnonzero(person.any(axis=0))
    if len(rows) < 12 or len(columns) < 6:
        return None
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    cut = bool(rows[-1] >= len(person) - 3 and person[-3].mean() > 0.05)
    return Figure(picture=parsed.photo[box], labels=np.where(person[box], parsed.labels[box], 0).astype(np.uint8), cut=cut)


def frame_of(*, rng: np.random.Generator) -> Letterbox:
    """A photo's place in the network's input: half of them upright 2:3 to 3:4, the others from 1:3 to 3:1."""
    aspect = rng.uniform(0.6, 0.8) if rng.random() < 0.5 else float(np.exp(rng.uniform(-np.log(3), np.log(3))))
    return letterbox_of(width=max(int(600 * aspect), 1), height=600, into_width=WIDTH, into_height=HEIGHT)


def background_of(*, backgrounds: list[np.ndarray], size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A random part of a random background at `size` (height, width), float32; often blurred, flipped."""
    source = Image.fromarray(backgrounds[rng.integers(len(backgrounds))])
    aspect = size[1] / size[0]
    w = min(source.width, source.height * aspect) * rng.uniform(0.5, 1.0)
    h = w / aspect
    x0, y0 = rng.uniform(0, source.width - w), rng.uniform(0, source.height - h)
    part = source.resize((size[1], size[0]), Image.Resampling.BILINEAR, box=(x0, y0, x0 + w, y0 + h))
    if rng.random() < 0.4:
        part = part.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 5)))
    if rng.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(part, np.float32)


def put(*, figure: Figure, picture: np.ndarray, labels: np.ndarray, tall: float, rng: np.random.Generator) -> None:
    """Puts people `tall` pixels high into `picture` and `labels` (in place), partly outside at times."""
    height, width = labels.shape
    scale = min(tall / figure.labels.shape[0], 1.6 * width / figure.labels.shape[1])
    size = max(int(figure.labels.shape[1] * scale), 6), max(int(figure.labels.shape[0] * scale), 10)
    flip = rng.random() < 0.5
    left = int(rng.uniform(-0.25 * size[0], width - 0.75 * size[0]))
    top = int(rng.uniform(-0.1 * size[1], max(height - 0.9 * size[1], 0.1 * size[1])))
    if figure.cut:
        top = max(height - size[1], int(-0.15 * size[1]))
    mask = Image.fromarray((figure.labels > 0).astype(np.uint8) * 255).resize(size, Image.Resampling.BILINEAR)
    alpha = np.asarray(mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.8))), np.float32) / 255
    small = np.asarray(Image.fromarray(figure.picture).resize(size, Image.Resampling.BILINEAR), np.float32)
    named = np.asarray(Image.fromarray(figure.labels).resize(size, Image.Resampling.NEAREST))
    if flip:
        alpha, small, named = alpha[:, ::-1], small[:, ::-1], named[:, ::-1]
    to = slice(max(top, 0), min(top + size[1], height)), slice(max(left, 0), min(left + size[0], width))
    of = slice(to[0].start - top, to[0].stop - top), slice(to[1].start - left, to[1].stop - left)
    alpha, named = alpha[of], named[of]
    light = np.exp(rng.uniform(-0.25, 0.2) + rng.uniform(-0.06, 0.06, 3)).astype(np.float32)
    lit = np.clip(small[of] * light, 0, 255)
    picture[to] = picture[to] * (1 - alpha[..., None]) + lit * alpha[..., None]
    labels[to] = np.where(alpha > 0.5, np.where(named > 0, named, WORN), labels[to])


def occlude(*, picture: np.ndarray, labels: np.ndarray, source: np.ndarray, rng: np.random.Generator) -> None:
    """Puts a piece of `source` (of the picture's size) in front (in place): a polygon, an ellipse or a bar."""
    height, width = labels.shape
    shape = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(shape)
    x, y = rng.uniform(0, width), rng.uniform(0.2 * height, height)
    w, h = rng.uniform(0.08, 0.4) * width, rng.uniform(0.06, 0.3) * height
    kind = rng.integers(3)
    if kind == 0:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 9)))
        draw.polygon([(x + w * np.cos(a) * rng.uniform(0.6, 1), y + h * np.sin(a) * rng.uniform(0.6, 1)) for a in angles], fill=255)
    elif kind == 1:
        draw.ellipse((x - w / 2, y - h / 2, x + w / 2, y + h / 2), fill=255)
    else:
        # A table's or a wall's edge.
        draw.rectangle((0, y, width, y + h) if rng.random() < 0.5 else (x, 0, x + w / 2, height), fill=255)
    soft = np.asarray(shape.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9))), np.float32) / 255
    picture += (source - picture) * soft[..., None]
    labels[soft > 0.5] = 0


def composed(*, people: list[Parsed], backgrounds: list[np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One to four of `people`, the first always, on a background.

    → `(HEIGHT, WIDTH, 3)` float32 and labels, `IGNORE` outside the photo.
    """
    place = frame_of(rng=rng)
    size = place.height, place.width
    photo, named = background_of(backgrounds=backgrounds, size=size, rng=rng), np.zeros(size, np.uint8)
    if rng.random() < 0.3:
        photo = np.clip(photo * np.float32(np.exp(rng.uniform(-0.4, 0.3))), 0, 255)
    count = min(int(rng.choice(len(PEOPLE_SHARES), p=PEOPLE_SHARES)) + 1, len(people))
    highest = LARGEST if count == 1 else 1.0
    heights = np.sort(np.exp(rng.uniform(np.log(SMALLEST), np.log(highest), count)))
    if count == 1 and rng.random() < 0.4:
        heights = np.array([rng.uniform(0.6, 1.1)])
    order = rng.permutation(count)
    for at, share in zip(order, heights, strict=True):
        if (figure := figure_of(parsed=people[at])) is not None:
            put(figure=figure, picture=photo, labels=named, tall=share * size[0], rng=rng)
    if rng.random() < OCCLUDED:
        source = background_of(backgrounds=backgrounds, size=size, rng=rng)
        occlude(picture=photo, labels=named, source=source, rng=rng)
    x, y = np.full((HEIGHT, WIDTH, 3), 127.0, np.float32), np.full((HEIGHT, WIDTH), IGNORE, np.uint8)
    box = slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)
    x[box], y[box] = photo, named
    return x, y
