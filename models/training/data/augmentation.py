"""Augmentation for Street2Fashion: a photo with its label map → the network's input size, with random crop, scale and light."""

import io

import numpy as np
from PIL import Image, ImageFilter

from .composition import HEIGHT, WIDTH, background_of, composed, occlude
from .geometry import letterbox_of
from .label_sets import IGNORE
from .parsed import Parsed

SIDEWAYS = 0.04
"""The share of photos turned by a quarter."""
OCCLUDED = 0.06
"""The share of photos with something put in front."""
GREY_SHARE = 0.06
_RESAMPLERS = (
    Image.Resampling.BILINEAR,
    Image.Resampling.BILINEAR,
    Image.Resampling.BOX,
    Image.Resampling.HAMMING,
    Image.Resampling.BICUBIC,
)


def _crop_box(*, labels: np.ndarray, whole_share: float, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """A random crop rectangle: the whole photo, a part, or half a body."""
    height, width = labels.shape
    draw = rng.random()
    if draw < whole_share:
        return 0.0, 0.0, float(width), float(height)
    draw = (draw - whole_share) / (1 - whole_share)
    rows = np.flatnonzero((labels > 0).any(axis=1))
    columns = np.flatnonzero((labels > 0).any(axis=0))
    if draw < 0.47 and len(rows):
        # Half a body, as a selfie or a mirror shows it.
        top, bottom = float(rows[0]), float(rows[-1] + 1)
        left, right = float(columns[0]), float(columns[-1] + 1)
        tall, centre = bottom - top, (left + right) / 2
        upper = rng.random() < 0.75
        y0 = top - rng.uniform(0.0, 0.15) * tall if upper else top + rng.uniform(0.1, 0.5) * tall
        y1 = top + rng.uniform(0.3, 0.8) * tall if upper else bottom + rng.uniform(-0.1, 0.1) * tall
        aspect = np.exp(rng.uniform(np.log(0.5), np.log(2.2)))
        half = max((y1 - y0) * aspect / 2, (right - left) * rng.uniform(0.35, 0.6))
        centre += rng.uniform(-0.15, 0.15) * half
        box = centre - half, y0, centre + half, y1
    else:
        scale = rng.uniform(0.65, 1.0)
        w = width * min(scale * np.exp(rng.uniform(-0.12, 0.12)), 1.0)
        h = height * min(scale * np.exp(rng.uniform(-0.12, 0.12)), 1.0)
        x0, y0 = rng.uniform(0, width - w), rng.uniform(0, height - h)
        box = x0, y0, x0 + w, y0 + h
    x0, y0, x1, y1 = max(box[0], 0.0), max(box[1], 0.0), min(box[2], float(width)), min(box[3], float(height))
    if x1 - x0 < 32 or y1 - y0 < 32:
        return 0.0, 0.0, float(width), float(height)
    return x0, y0, x1, y1


def relight(*, picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Gain and tint for each channel, gamma, contrast, saturation and noise; float32 0..255 in and out, `(H, W, 3)`."""
    x = picture * (1.0 / 255)
    if rng.random() < 0.5:
        x = np.power(np.maximum(x, 1e-4), np.exp(rng.uniform(-0.4, 0.4) * strength), dtype=np.float32)
    tint = np.exp(rng.uniform(-0.3, 0.25) * strength + rng.uniform(-0.1, 0.1, 3) * strength).astype(np.float32)
    x = x * tint
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = np.float32(np.exp(rng.uniform(-0.5, 0.35) * strength))
    x = grey[..., None] + (x - grey[..., None]) * saturation
    mean = np.float32(grey.mean())
    x = mean + (x - mean) * np.float32(np.exp(rng.uniform(-0.3, 0.3) * strength))
    if rng.random() < 0.2:
        x = x + rng.normal(0, rng.uniform(0.005, 0.04), x.shape).astype(np.float32)
    return np.clip(x * 255, 0, 255)


def jpeg(*, picture: np.ndarray, quality: int) -> np.ndarray:
    """Through JPEG and back; float32 0..255."""
    buffer = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer), np.float32)


def blurred(*, picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Out-of-focus blur or motion blur."""
    if rng.random() < 0.6:
        return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.4)))
    kernel = np.zeros((5, 5), np.float32)
    steps = np.linspace(-2, 2, 9)
    angle = rng.uniform(0, np.pi)
    kernel[np.rint(2 + steps * np.sin(angle)).astype(int), np.rint(2 + steps * np.cos(angle)).astype(int)] = 1
    return picture.filter(ImageFilter.Kernel((5, 5), kernel.ravel().tolist(), scale=float(kernel.sum())))


def placed(*, parsed: Parsed, whole_share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A part of a photo inside the frame: `(HEIGHT, WIDTH, 3)` float32 and labels, `IGNORE` outside the photo."""
    if rng.random() < SIDEWAYS:
        turns = int(rng.choice([1, 3]))
        turned = {"photo": np.rot90(parsed.photo, turns), "labels": np.rot90(parsed.labels, turns)}
        parsed = Parsed(id=parsed.id, **{key: np.ascontiguousarray(value) for key, value in turned.items()})
    box = _crop_box(labels=parsed.labels, whole_share=whole_share, rng=rng)
    place = letterbox_of(
        width=max(int(box[2] - box[0]), 1), height=max(int(box[3] - box[1]), 1), into_width=WIDTH, into_height=HEIGHT
    )
    w, h = place.width, place.height
    if rng.random() < 0.25:
        shrink = rng.uniform(0.5, 1.0)
        w, h = max(int(w * shrink), 16), max(int(h * shrink), 16)
    left, top = (WIDTH - w) // 2, (HEIGHT - h) // 2
    if (w, h) != (place.width, place.height):
        left, top = int(rng.integers(0, WIDTH - w + 1)), int(rng.integers(0, HEIGHT - h + 1))
    resample = _RESAMPLERS[rng.integers(len(_RESAMPLERS))]
    small = Image.fromarray(parsed.photo).resize((w, h), resample, box=box)
    small_labels = Image.fromarray(parsed.labels).resize((w, h), Image.Resampling.NEAREST, box=box)
    if rng.random() < 0.15:
        small = blurred(picture=small, rng=rng)
    picture = Image.new("RGB", (WIDTH, HEIGHT), (127, 127, 127))
    picture.paste(small, (left, top))
    labels = Image.new("L", (WIDTH, HEIGHT), IGNORE)
    labels.paste(small_labels, (left, top))
    if rng.random() < 0.3:
        angle = rng.uniform(-18, 18) if rng.random() < 0.85 else rng.uniform(-90, 90)
        picture = picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=(127, 127, 127))
        labels = labels.rotate(angle, Image.Resampling.NEAREST, fillcolor=IGNORE)
    return np.asarray(picture, np.float32), np.asarray(labels)


def paste(
    *, picture: np.ndarray, labels: np.ndarray, over: np.ndarray, behind: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The people of `picture` in front of `over`, whose labels are `behind`; the edge is blended."""
    person = ((labels > 0) & (labels != IGNORE)).astype(np.uint8) * 255
    soft = np.asarray(Image.fromarray(person).filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 0.9))), np.float32)[..., None] / 255
    # Person and background come from different photos: sometimes the background's exposure changes.
    if rng.random() < 0.3:
        over = np.clip(over * np.float32(np.exp(rng.uniform(-0.4, 0.3))), 0, 255)
    return picture * soft + over * (1 - soft), np.where(person > 0, labels, behind)


def unlike(*, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Poor light (dark, flat, noisy), black-and-white or JPEG, each on some pictures; float32 0..255."""
    if rng.random() < 0.08:
        noise = rng.normal(rng.uniform(0, 12), rng.uniform(2, 9), picture.shape).astype(np.float32)
        picture = np.clip(picture * np.float32(rng.uniform(0.2, 0.6)) + noise, 0, 255)
    if rng.random() < GREY_SHARE:
        grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
        picture = np.repeat(grey[..., None], 3, axis=2) * np.exp(rng.uniform(-0.06, 0.06, 3)).astype(np.float32)
        picture = np.clip(picture, 0, 255)
    if rng.random() < 0.3:
        picture = jpeg(picture=picture, quality=int(rng.integers(30, 92)))
    return picture


def _pasted(
    *, people: list[Parsed], backgrounds: list[np.ndarray], whole_share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The first of `people` where the photo has it, on another background, at times in front of the second."""
    x, y = placed(parsed=people[0], whole_share=whole_share, rng=rng)
    over = background_of(backgrounds=backgrounds, size=(HEIGHT, WIDTH), rng=rng)
    behind = np.zeros_like(y)
    if len(people) > 1 and rng.random() < 0.15:
        second, known = placed(parsed=people[1], whole_share=0.5, rng=rng)
        over, behind = paste(picture=second, labels=known, over=over, behind=behind, rng=rng)
    padded = y == IGNORE
    x, y = paste(picture=x, labels=y, over=over, behind=behind, rng=rng)
    return x, np.where(padded, np.uint8(IGNORE), y) if rng.random() < 0.5 else y


def sample(
    *,
    people: list[Parsed],
    backgrounds: list[np.ndarray],
    rng: np.random.Generator,
    whole_share: float = 0.25,
    pasted_share: float = 0.25,
    composed_share: float = 0.0,
    empty_share: float = 0.0,
    light: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """One training sample: `(HEIGHT, WIDTH, 3)` uint8 and `(HEIGHT, WIDTH)` uint8 labels, `IGNORE` on padding.

    The sample shows the first of `people`: in its own photo, of which `whole_share` stay uncut; on another background
    (`pasted_share`); or composed with some of the others (`composed_share`). `empty_share` of the samples show nobody.
    """
    draw = rng.random() if backgrounds else 1.0
    if draw < empty_share:
        x = background_of(backgrounds=backgrounds, size=(HEIGHT, WIDTH), rng=rng)
        y = np.zeros((HEIGHT, WIDTH), np.uint8)
    elif draw < empty_share + pasted_share:
        x, y = _pasted(people=people, backgrounds=backgrounds, whole_share=whole_share, rng=rng)
    elif draw < empty_share + pasted_share + composed_share:
        x, y = composed(people=people, backgrounds=backgrounds, rng=rng)
    else:
        x, y = placed(parsed=people[0], whole_share=whole_share, rng=rng)
        if backgrounds and rng.random() < OCCLUDED:
            y, known = y.copy(), y == IGNORE
            x = x.copy()
            occlude(picture=x, labels=y, source=background_of(backgrounds=backgrounds, size=y.shape, rng=rng), rng=rng)
            y[known] = IGNORE
    inside = y != IGNORE
    x = relight(picture=x, rng=rng, strength=light)
    x = unlike(picture=x, rng=rng)
    x = np.where(inside[..., None], x, 127.5)
    if rng.random() < 0.5:
        x, y = x[:, ::-1], y[:, ::-1]
    return np.ascontiguousarray(np.clip(x, 0, 255) + 0.5, dtype=np.uint8), np.array(y)
