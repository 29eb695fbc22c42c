"""Augmentation for Street2Fashion: a photo with its label map → the network's input size, with random crop, scale and light."""

import io

import numpy as np
from PIL import Image, ImageFilter

from .geometry import letterbox_of
from .parsed import Parsed

WIDTH, HEIGHT = 192, 288
IGNORE = 255
"""The label of padding, which has no loss."""
WORN = 254
"""The label of a person's pixels whose class is unknown: they count as foreground only."""
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
        aspect = np.exp(rng.uniform(np.log(0.6), np.log(1.5)))
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


def _background(*, backgrounds: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """A random part of a random background, `(HEIGHT, WIDTH, 3)` float32; often blurred, flipped."""
    source = Image.fromarray(backgrounds[rng.integers(len(backgrounds))])
    w = source.width * rng.uniform(0.5, 1.0)
    h = min(w * HEIGHT / WIDTH, source.height)
    x0, y0 = rng.uniform(0, source.width - w), rng.uniform(0, source.height - h)
    part = source.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=(x0, y0, x0 + w, y0 + h))
    if rng.random() < 0.4:
        part = part.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 5)))
    if rng.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(part, np.float32)


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
        angle = rng.uniform(-18, 18)
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


def sample(
    *,
    parsed: Parsed,
    backgrounds: list[np.ndarray],
    rng: np.random.Generator,
    bystander: Parsed | None = None,
    whole_share: float = 0.25,
    pasted_share: float = 0.25,
    empty_share: float = 0.0,
    light: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """One training sample: `(HEIGHT, WIDTH, 3)` uint8 and `(HEIGHT, WIDTH)` uint8 labels, `IGNORE` on padding.

    `pasted_share` of the people change their background, some of them with a `bystander` behind; `empty_share` of the
    samples are a background without anybody; `whole_share` of the photos stay uncut.
    """
    if backgrounds and rng.random() < empty_share:
        x = _background(backgrounds=backgrounds, rng=rng)
        y = np.zeros((HEIGHT, WIDTH), np.uint8)
    else:
        x, y = placed(parsed=parsed, whole_share=whole_share, rng=rng)
        if backgrounds and rng.random() < pasted_share:
            over, behind = _background(backgrounds=backgrounds, rng=rng), np.zeros_like(y)
            if bystander is not None and rng.random() < 0.15:
                second, known = placed(parsed=bystander, whole_share=0.5, rng=rng)
                over, behind = paste(picture=second, labels=known, over=over, behind=behind, rng=rng)
            padded = y == IGNORE
            x, y = paste(picture=x, labels=y, over=over, behind=behind, rng=rng)
            if rng.random() < 0.5:
                y = np.where(padded, np.uint8(IGNORE), y)
    inside = y != IGNORE
    x = relight(picture=x, rng=rng, strength=light)
    if rng.random() < 0.08:
        # Poor light: dark, flat, noisy.
        x = x * np.float32(rng.uniform(0.2, 0.6)) + rng.normal(rng.uniform(0, 12), rng.uniform(2, 9), x.shape).astype(np.float32)
        x = np.clip(x, 0, 255)
    if rng.random() < 0.3:
        x = jpeg(picture=x, quality=int(rng.integers(30, 92)))
    x = np.where(inside[..., None], x, 127.5)
    if rng.random() < 0.5:
        x, y = x[:, ::-1], y[:, ::-1]
    return np.ascontiguousarray(np.clip(x, 0, 255) + 0.5, dtype=np.uint8), np.array(y)
