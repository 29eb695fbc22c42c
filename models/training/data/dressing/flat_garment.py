"""The garment of a flat-lay picture: pixels with the colours of the picture's middle rather than of its frame."""

import numpy as np
from scipy import ndimage

from .colours import colour_bins, log_histogram


def flat_garment(*, picture: np.ndarray) -> np.ndarray | None:
    """A garment on household background: colours of the middle against those of the frame. `None` if they are too similar."""
    height, width = picture.shape[:2]
    codes = colour_bins(picture=picture)
    core = np.zeros((height, width), bool)
    core[int(height * 0.35) : int(height * 0.65), int(width * 0.35) : int(width * 0.65)] = True
    frame = np.ones((height, width), bool)
    frame[int(height * 0.06) : int(height * 0.94), int(width * 0.06) : int(width * 0.94)] = False
    odds = np.clip(log_histogram(codes=codes[core]) - log_histogram(codes=codes[frame]), -4, 4)[codes]
    if odds[core].mean() < 1.2:
        return None
    mask = ndimage.gaussian_filter(odds, 1.5) > 0.3
    parts, _ = ndimage.label(mask)
    counts = np.bincount(parts[core], minlength=1)
    counts[0] = 0
    if counts.max() < 0.7 * core.sum():
        return None
    found = ndimage.binary_erosion(parts == counts.argmax())
    # Small holes are print, large ones are background between sleeves or legs.
    holes, count = ndimage.label(ndimage.binary_fill_holes(found) & ~found)
    if count:
        sizes = np.bincount(holes.ravel())
        sizes[0] = found.size
        found |= (sizes < 0.01 * found.size)[holes]
    return found
