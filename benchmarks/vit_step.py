"""One training step of a vision transformer on the CPU, against timm, in float32 and bfloat16.

32x32 color images, patches of 4, width 192, depth 6, 3 heads, batch 128: 2,693,578 parameters on
both sides, and the same function of the image, as tests/models/test_vit.py checks. A step is the
forward pass, the cross entropy, the backward pass and a fused AdamW update. Theirs is the plain
loop around ``timm.models.VisionTransformer``, ours the training engine's supervised task, which
also turns the bytes of the images into floats. Each contestant has a process of its own.

    pip install timm==1.0.31
    python benchmarks/vit_step.py

Results: results/vit_step_against_float32.json and results/vit_step_against_bfloat16.json, the same
runs beside either of theirs.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from _timing import interleave, own_processes, report, require
from torch import nn

from kizu.models.vit import VisionTransformer
from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.optimizers import adamw
from kizu.training.supervised import SupervisedTask

PEER, OURS = "timm float32", "kizu float32"
PEER_LOW, OURS_LOW = "timm bfloat16", "kizu bfloat16"
BATCH_SIZE = 128
CLASSES = 10
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.05


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="A vision transformer's step, side by side.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    require("timm", "Install it with: pip install timm==1.0.31")
    counts = [sum(p.numel() for p in make().parameters()) for make in (ours, theirs)]
    if counts[0] != counts[1]:
        raise SystemExit(f"Parameters differ, ours {counts[0]}, theirs {counts[1]}: no comparison.")
    builders = {
        PEER: partial(build_theirs, options.threads, "float32"),
        OURS: partial(build_ours, options.threads, "float32"),
        PEER_LOW: partial(build_theirs, options.threads, "bfloat16"),
        OURS_LOW: partial(build_ours, options.threads, "bfloat16"),
    }
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, options.rounds, warmup=2)
    # In bfloat16 on matrix units, the goal holds against either precision of theirs.
    for reference in (PEER, PEER_LOW):
        precision = reference.split()[1]
        report(
            f"vit_step_against_{precision}",
            "Vision transformer (32x32, patch 4, width 192, depth 6, heads 3), a step at batch "
            f"{BATCH_SIZE}, against timm in {precision}",
            seconds,
            reference=reference,
            goals={OURS: 1.0, OURS_LOW: 1.8} if reference == PEER else {OURS_LOW: 1.8},
            facts={"parameters, on both sides": f"{counts[0]:,}"},
        )


def ours() -> nn.Module:
    """Return our vision transformer."""
    return VisionTransformer(32, 4, 3, CLASSES, width=192, depth=6, heads=3)


def theirs() -> nn.Module:
    """Return timm's vision transformer of the same size."""
    from timm.models import VisionTransformer as TimmVisionTransformer

    return TimmVisionTransformer(
        img_size=32, patch_size=4, num_classes=CLASSES, embed_dim=192, depth=6, num_heads=3
    )


def build_ours(threads: int, precision: str) -> Callable[[], Any]:
    """Return a step of the supervised task."""
    images, labels = _prepare(threads)
    model = ours().train()
    task = SupervisedTask(model, adamw(model, LEARNING_RATE, WEIGHT_DECAY), F.cross_entropy)
    context = StepContext(torch.device("cpu"), torch.Generator(), precision)
    return lambda: task.step([{"images": images, "labels": labels}], context)


def build_theirs(threads: int, precision: str) -> Callable[[], Any]:
    """Return the plain training loop's body."""
    images, labels = _prepare(threads)
    images = to_unit(images)
    model = theirs().train()
    optimizer = torch.optim.AdamW(
        model.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
    )

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            loss = F.cross_entropy(model(images).float(), labels)
        loss.backward()
        optimizer.step()

    return step


def _prepare(threads: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    images = torch.randint(0, 256, (BATCH_SIZE, 3, 32, 32), dtype=torch.uint8)
    return images, torch.randint(0, CLASSES, (BATCH_SIZE,))


if __name__ == "__main__":
    main()
