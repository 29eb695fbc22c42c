"""Cut-outs in the query encoder's frame: cropped to content and letterboxed on white, with their label maps."""

import numpy as np
from PIL import Image
from scipy import ndimage

from .geometry import content_box, cut_out, letterbox, letterbox_of

QUERY = (192, 128)
"""Height and width of the query encoder's input."""
LABELS = (48, 32)
DILATION = 0.01
"""Room around a garment's region, as a share of the photo's long side."""


def to_frame(*, cut: np.ndarray) -> tuple[np.ndarray, tuple[slice, slice]]:
    """A cut-out on white → cropped to content and letterboxed, `(192, 128, 3)` uint8, and the part of it that is shown."""
    box = content_box(picture=cut)
    out, _ = letterbox(picture=np.ascontiguousarray(cut[box]), into_width=QUERY[1], into_height=QUERY[0], pad=255.0)
    return (out + 0.5).astype(np.uint8), box


def labels_to_frame(*, labels: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
    """A label map in `to_frame`'s frame, `(48, 32)` uint8, nearest; background on the padding."""
    part = labels[box]
    place = letterbox_of(width=part.shape[1], height=part.shape[0], into_width=QUERY[1], into_height=QUERY[0])
    out = np.zeros(QUERY, np.uint8)
    small = Image.fromarray(part).resize((place.width, place.height), Image.Resampling.NEAREST)
    out[place.top : place.top + place.height, place.left : place.left + place.width] = np.asarray(small)
    step = QUERY[0] // LABELS[0]
    return out[step // 2 :: step, step // 2 :: step]


def garment_cut(*, photo: np.ndarray, region: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The photo, white except for a region and the person's pixels within `DILATION` around it."""
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    if len(rows) == 0:
        return np.full_like(photo, 255)
    reach = max(int(max(region.shape) * DILATION + 0.5), 1)
    part = (
        slice(max(int(rows[0]) - reach, 0), int(rows[-1]) + reach + 1),
        slice(max(int(columns[0]) - reach, 0), int(columns[-1]) + reach + 1),
    )
    grown = ndimage.binary_dilation(region[part], iterations=reach) & (person[part] | region[part])
    return cut_out(picture=photo[part], mask=grown)
