"""RGB to YCbCr of a 12-megapixel image, against OpenCV's own conversion and a loop over pixels.

Theirs is ``cv2.cvtColor``, a kernel written for this conversion; ours is one matrix product with
the matrix and the offset in sight. Both use every core that the process may use, and no value
differs by more than 1. The loop that people write first runs on a small crop and is scaled to the
whole.

    python benchmarks/ycbcr.py

Results: results/ycbcr.json.
"""

import argparse
import statistics
import time

import cv2
import numpy as np
from _timing import interleave, report

from kizu.preprocessing.blocks import usable_cores
from kizu.preprocessing.image_color import YCBCR, YCBCR_OFFSET, to_ycbcr

PEER, OURS = "cv2.cvtColor", "kizu"
HEIGHT, WIDTH = 3000, 4000
CROP = 100
# Within 1.5 times of OpenCV's own conversion.
GOAL = 1 / 1.5


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="RGB to YCbCr, side by side.")
    parser.add_argument("--rounds", type=int, default=51)
    options = parser.parse_args()
    cv2.setNumThreads(usable_cores())
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    theirs = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)[:, :, [0, 2, 1]]
    difference = int(np.abs(to_ycbcr(image).astype(np.int16) - theirs).max())
    if difference > 1:
        raise SystemExit(f"The two differ by up to {difference}: no comparison.")
    seconds = interleave(
        {
            PEER: lambda: cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb),
            OURS: lambda: to_ycbcr(image),
        },
        options.rounds,
        warmup=3,
    )
    median = statistics.median(seconds[OURS])
    naive = time_of_loop(image)
    report(
        "ycbcr",
        f"RGB to YCbCr of a {HEIGHT * WIDTH / 1e6:.0f}-megapixel image",
        seconds,
        reference=PEER,
        goals={OURS: round(GOAL, 2)},
        facts={
            "cores that this process may use": usable_cores(),
            "largest difference": difference,
            "kizu, milliseconds (goal: below 60)": round(1000 * median, 1),
            "loop over pixels, seconds, from a crop": round(naive, 1),
            "kizu against the loop": f"{naive / median:,.0f}x",
        },
    )


def time_of_loop(image: np.ndarray) -> float:
    """Return the seconds that a loop over all pixels would take."""
    crop = image[:CROP, :CROP]
    result = np.empty_like(crop)
    start = time.perf_counter()
    for row in range(CROP):
        for column in range(CROP):
            values = YCBCR @ crop[row, column] + YCBCR_OFFSET
            result[row, column] = np.clip(np.rint(values), 0, 255)
    return (time.perf_counter() - start) * HEIGHT * WIDTH / CROP**2


if __name__ == "__main__":
    main()
