"""How well heat maps find the anomalous parts of images.

Masks are bool (N, H, W), True where an image is anomalous; maps are (N, H, W), higher where it
looks more so. One threshold holds for all images, so maps must be comparable between them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from kizu.evaluation.detection import auroc

# Pixels that touch at an edge or a corner belong to one region.
_NEIGHBORHOOD = np.ones((3, 3))


def pixel_auroc(masks: np.ndarray, maps: np.ndarray) -> float:
    """Return the area under the ROC of all pixels of all images.

    Large regions decide it: one that is missed altogether costs little if it is small. See
    `per_region_overlap`.

    Raises:
        ValueError: shapes differ, a value is not finite, or there is no anomalous, or no normal
            pixel.
    """
    masks, maps = _check(masks, maps)
    return auroc(masks.ravel(), maps.ravel())


def per_region_overlap(
    masks: np.ndarray, maps: np.ndarray, max_false_positive_rate: float = 0.3
) -> float:
    """Return the area under the per-region overlap (AUPRO), standardized to [0, 1].

    Bergmann et al. 2021, "The MVTec Anomaly Detection Dataset", section 5.2: at each threshold the
    share of a region that is found, averaged over all regions, against the share of normal pixels
    that are flagged; the area up to a limit, divided by it. A random map has half the limit.

    Args:
        masks: bool (N, H, W); each connected part of one image is a region.
        maps: (N, H, W).
        max_false_positive_rate: the limit, in (0, 1].

    Raises:
        ValueError: as `pixel_auroc`, or the limit is out of range.
    """
    if not 0 < max_false_positive_rate <= 1:
        raise ValueError(
            f"max_false_positive_rate must lie in (0, 1], got {max_false_positive_rate}"
        )
    masks, maps = _check(masks, maps)
    order = np.argsort(-maps, axis=None, kind="stable")
    # What flagging one more pixel adds to each axis.
    overlap = np.cumsum(_region_shares(masks).ravel()[order])
    false_positives = np.cumsum(~masks.ravel()[order]) / np.count_nonzero(~masks)
    # A threshold flags all pixels of one value together.
    values = maps.ravel()[order]
    last = np.append(values[1:] != values[:-1], True)
    rates = np.append(0.0, false_positives[last])
    overlaps = np.append(0.0, overlap[last])
    at_limit = np.interp(max_false_positive_rate, rates, overlaps)
    inside = rates < max_false_positive_rate
    area = np.trapezoid(
        np.append(overlaps[inside], at_limit), np.append(rates[inside], max_false_positive_rate)
    )
    return float(area / max_false_positive_rate)


def localization_metrics(masks: np.ndarray, maps: np.ndarray) -> dict[str, float]:
    """Return ``pixel_auroc`` and ``per_region_overlap`` (up to a false-positive rate of 0.3).

    Raises:
        ValueError: as `pixel_auroc`.
    """
    return {
        "pixel_auroc": pixel_auroc(masks, maps),
        "per_region_overlap": per_region_overlap(masks, maps),
    }


def _region_shares(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each anomalous pixel's share of its region, over the number of regions; 0 elsewhere."""
    structure = np.zeros((3, 3, 3))
    structure[1] = _NEIGHBORHOOD  # within an image, never from one to the next
    regions, count = ndimage.label(masks, structure)
    sizes = np.bincount(regions.ravel(), minlength=count + 1).astype(np.float64)
    shares = np.zeros(count + 1)
    shares[1:] = 1 / (count * sizes[1:])
    return shares[regions]


def _check(masks: np.ndarray, maps: np.ndarray) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    if masks.ndim != 3 or masks.shape != maps.shape:
        raise ValueError(
            f"masks and maps must be (N, H, W) alike, got shapes {masks.shape} and {maps.shape}"
        )
    masks = masks.astype(bool)
    if masks.all() or not masks.any():
        raise ValueError("masks must hold both anomalous and normal pixels")
    if not np.isfinite(maps).all():
        raise ValueError("maps must be finite, got NaN or infinity")
    return masks, maps.astype(np.float64)
