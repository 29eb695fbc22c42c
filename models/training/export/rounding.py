"""A layer's weights in few bits, so that its outputs change least. In: weights, and how inputs go together. Out: int8, scales."""

import numpy as np

DAMPING = 0.01
"""Of the inputs' mean square, added to each: keeps the inverse finite where few pictures were seen."""
BLOCK = 128
"""Inputs whose corrections are applied at once."""
CLIPS = np.linspace(0.6, 1.0, 17)
"""Shares of a channel's largest weight that are tried as the largest stored one."""


def scales_of(*, weight: np.ndarray, largest: int) -> np.ndarray:
    """`(C, K)` → `(C)`: the step of each output channel that rounds its weights with the least squared error."""
    peak = np.maximum(np.abs(weight).max(axis=1), 1e-12)
    errors, steps = [], []
    for clip in CLIPS:
        step = peak * clip / largest
        q = np.clip(np.rint(weight / step[:, None]), -largest, largest)
        errors.append(((q * step[:, None] - weight) ** 2).sum(axis=1))
        steps.append(step)
    return np.stack(steps)[np.argmin(errors, axis=0), np.arange(len(weight))]


def refitted(*, weight: np.ndarray, moments: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Weights `(C, K)` that from changed inputs come nearest to the outputs that `weight` gives from exact ones.

    `moments` `(K, K)` are the changed inputs' second moments, `cross` those of the exact inputs with the changed ones: least
    squares, held near `weight`.
    """
    damping = DAMPING * max(np.diag(moments).mean(), 1e-12) * np.eye(len(moments))
    return np.linalg.solve(moments + damping, (weight @ (cross + damping)).T).T


def rounded(*, weight: np.ndarray, moments: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights `(C, K)` and the inputs' second moments `(K, K)` → int8 `(C, K)` in ±(2^(bits − 1) − 1), and scales `(C)`.

    The inputs with the largest second moments are rounded first; what each error adds to the outputs is taken from the weights
    that are not yet rounded (Frantar et al. 2022, with Cholesky factors as there).
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"expected 2 to 8 bits, got {bits}")
    outputs, inputs = weight.shape
    if moments.shape != (inputs, inputs):
        raise ValueError(f"weights have {inputs} inputs, moments are {moments.shape}")
    largest = 2 ** (bits - 1) - 1
    scale = scales_of(weight=weight.astype(np.float64), largest=largest)
    order = np.argsort(-np.diag(moments))
    left = weight.astype(np.float64)[:, order]
    moments = moments[np.ix_(order, order)].astype(np.float64)
    seen = np.diag(moments)
    # An input that is always zero has no error to be moved.
    moments[np.diag_indices(inputs)] += DAMPING * max(seen.mean(), 1e-12) + (seen <= 0)
    factor = np.linalg.cholesky(np.linalg.inv(moments)).T
    q = np.zeros((outputs, inputs))
    for begin in range(0, inputs, BLOCK):
        end = min(begin + BLOCK, inputs)
        errors = np.zeros((outputs, end - begin))
        for at in range(begin, end):
            q[:, at] = np.clip(np.rint(left[:, at] / scale), -largest, largest)
            error = (left[:, at] - q[:, at] * scale) / factor[at, at]
            left[:, at:end] -= np.outer(error, factor[at, at:end])
            errors[:, at - begin] = error
        left[:, end:] -= errors @ factor[begin:end, end:]
    return q[:, np.argsort(order)].astype(np.int8), scale.astype(np.float32)


def output_error(*, weight: np.ndarray, other: np.ndarray, moments: np.ndarray) -> float:
    """Root mean square of the outputs' change from weights `(C, K)` to others, over that of the outputs."""
    change = other - weight
    return float(np.sqrt(np.trace(change @ moments @ change.T) / max(np.trace(weight @ moments @ weight.T), 1e-30)))
