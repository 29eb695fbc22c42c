"""Street2Fashion's weights halfway between a file that was shipped and a run that started from it.

Wortsman et al., *Robust fine-tuning of zero-shot models* (WiSE-FT), 2022: on the line between the two, accuracy on the old
pictures is kept and on new ones gained, often beyond both ends.

    python -m training.train.soup street2fashion/RUN --file FORMER.onnx --share 0.5 --run NAME
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..data.augmentation import sample
from ..data.ccp import ccp_photos
from ..networks.fold import fold
from ..networks.street2fashion import Street2Fashion
from ..paths import DATA, WORK
from .runs import commit, seed_everything
from .shipped import norms_of, start_from_shipped

PICTURES = 64
"""Samples for the former file's BatchNorm statistics."""


@torch.no_grad()
def between(*, former: nn.Module, later: nn.Module, share: float) -> nn.Module:
    """A copy of `former` whose folded convolutions are on the line to those of `later`, at `share`, 0..1.

    Folded, since statistics and scales of BatchNorm mean something only together.
    """
    ends = [dict(fold(model=model).named_parameters()) for model in (former, later)]
    mixed = copy.deepcopy(former)
    norms = dict(norms_of(model=mixed))
    for name, module in mixed.named_modules():
        if not isinstance(module, nn.Conv2d):
            continue
        weight, bias = (torch.lerp(*(end[f"{name}.{part}"] for end in ends), share) for part in ("weight", "bias"))
        module.weight.copy_(weight)
        norm = norms.get(name)
        if norm is None:
            module.bias.copy_(bias)
        else:
            norm.weight.copy_((norm.running_var + norm.eps).sqrt())
            norm.bias.copy_(bias + norm.running_mean)
    return mixed


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", help="below runs/, e.g. street2fashion/a")
    parser.add_argument("--file", type=Path, required=True, help="the ONNX file that the run started from")
    parser.add_argument("--share", type=float, default=0.5, help="of the run, 0..1")
    parser.add_argument("--run", dest="name", required=True, help="name of the new run")
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    seed_everything(seed=1)
    rng, photos = np.random.default_rng(1), ccp_photos(data=args.data, validation=False)
    shown = [sample(people=[photos[i * 10]], backgrounds=[], rng=rng, whole_share=0.5)[0] for i in range(PICTURES)]
    pictures = torch.from_numpy(np.stack(shown)).permute(0, 3, 1, 2).float() / 127.5 - 1
    former = Street2Fashion()
    start_from_shipped(model=former, path=args.file, pictures=pictures)
    runs = WORK / "runs"
    later = Street2Fashion()
    later.load_state_dict(torch.load(runs / args.run / "checkpoint.pt", weights_only=False)["ema"])
    mixed = between(former=former, later=later, share=args.share).state_dict()
    folder = runs / "street2fashion" / args.name
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"ema": mixed, "commit": commit()}, folder / "checkpoint.pt")


if __name__ == "__main__":
    main()
