"""Exhibits of what an image's values are, and of operations on them."""

import numpy as np

from kizu.preprocessing.image_color import from_ycbcr, grayscale, reverse_channels, to_ycbcr
from kizu.preprocessing.image_intensity import (
    binarize,
    binarize_otsu,
    otsu_threshold,
    scale_exposure,
    smooth_bilateral,
    smooth_box,
    smooth_gaussian,
    smooth_median,
)
from kizu.preprocessing.image_normalization import (
    from_imagenet,
    from_signed_unit,
    to_imagenet,
    to_signed_unit,
)
from kizu.preprocessing.image_values import count_values
from kizu.reporting.gallery import Exhibit, exhibit
from kizu.reporting.image_figures import channel_histograms, pixel_histogram
from kizu.reporting.picture_grid import picture_grid

_NAMES = ("red", "green", "blue")
_NOISE_SHARE = 0.03


def loaded(sample: np.ndarray) -> Exhibit:
    """Return the image as it was loaded, with its channels apart."""
    described = "; ".join(
        f"{name} {channel.min()} to {channel.max()}, mean {channel.mean():.1f}"
        for name, channel in zip(_NAMES, np.moveaxis(sample, 2, 0), strict=True)
    )
    pictures = [("loaded", sample)]
    pictures += [(name, sample[:, :, [place]]) for place, name in enumerate(_NAMES)]
    return exhibit(
        "load",
        "Load, shape and channel values",
        f"{sample.dtype} of shape {sample.shape} (height, width, channels): {described}. Each "
        "channel is shown as gray: the brighter, the more of its color.",
        picture_grid(pictures, columns=4),
    )


def histogram(sample: np.ndarray) -> Exhibit:
    """Return the histogram of each channel."""
    counts = count_values(sample.transpose(2, 0, 1)[np.newaxis])
    modes = ", ".join(
        f"{name} {channel.argmax()}" for name, channel in zip(_NAMES, counts, strict=True)
    )
    return exhibit(
        "histogram",
        "Color histogram by channel",
        f"How many of the {sample.shape[0] * sample.shape[1]:,} pixels have each value. The most "
        f"frequent values are {modes}.",
        pixel_histogram(counts),
    )


def channel_order(sample: np.ndarray) -> Exhibit:
    """Return RGB taken for BGR, and put right."""
    swapped = reverse_channels(sample)
    equal = np.array_equal(reverse_channels(swapped), sample)
    return exhibit(
        "channel_order",
        "RGB and BGR",
        "OpenCV writes and reads files as BGR. Taken for RGB, red and blue change places, and "
        f"values are off by {_difference(swapped, sample):.1f} on average; reversing the channels "
        f"again gives every value back: {_yes(equal)}.",
        picture_grid([("RGB", sample), ("BGR shown as RGB", swapped)], columns=2),
    )


def exposure(sample: np.ndarray) -> Exhibit:
    """Return darker and brighter exposures, and the mistake that they avoid."""
    factors = (0.25, 1.0, 3.0)
    exposed = [scale_exposure(sample, factor=factor) for factor in factors]
    wrapped = sample * np.uint8(3)
    means = ", ".join(
        f"×{factor:g} {image.mean():.1f}" for factor, image in zip(factors, exposed, strict=True)
    )
    pictures = [(f"×{factor:g}", image) for factor, image in zip(factors, exposed, strict=True)]
    return exhibit(
        "exposure",
        "Exposure",
        f"Mean values: {means}. At ×3, {(exposed[2] == 255).mean():.1%} of the values are "
        "saturated. The last picture is the mistake to avoid: the same product in 8 bits wraps "
        f"around, and {(wrapped < exposed[2]).mean():.1%} of the values come out too dark.",
        picture_grid([*pictures, ("×3 wrapped", wrapped)], columns=4),
    )


def gray_and_binary(sample: np.ndarray) -> Exhibit:
    """Return the image in gray, and in black and white by two thresholds."""
    gray = grayscale(sample)
    threshold = otsu_threshold(gray)
    fixed, chosen = binarize(gray, threshold=127), binarize_otsu(gray)
    return exhibit(
        "grayscale_and_binarize",
        "Grayscale and binarize",
        "Gray is 0.299 R + 0.587 G + 0.114 B. White is what is brighter than the threshold: "
        f"{(fixed > 0).mean():.1%} of the pixels at 127, and {(chosen > 0).mean():.1%} at "
        f"{threshold}, which Otsu's method finds from the histogram.",
        picture_grid(
            [("gray", gray), ("above 127", fixed), (f"Otsu: above {threshold}", chosen)], columns=3
        ),
    )


def smoothing(sample: np.ndarray) -> Exhibit:
    """Return four ways to smooth a noisy image."""
    generator = np.random.default_rng(0)
    noisy = sample.copy()
    hit = generator.random(sample.shape[:2]) < _NOISE_SHARE
    noisy[hit] = generator.choice(np.array([0, 255], np.uint8), (int(hit.sum()), 1))
    results = {
        "noisy": noisy,
        "box 3": smooth_box(noisy, size=3),
        "Gaussian 1": smooth_gaussian(noisy, sigma=1.0),
        "median 3": smooth_median(noisy, size=3),
        "bilateral 5": smooth_bilateral(noisy, size=5, color_sigma=60, space_sigma=2),
    }
    errors = {name: _difference(image, sample) for name, image in results.items()}
    best = min(errors, key=errors.__getitem__)
    pictures = [(f"{name}\nerror {errors[name]:.1f}", image) for name, image in results.items()]
    return exhibit(
        "smoothing",
        "Smoothing",
        f"{_NOISE_SHARE:.0%} of the pixels were made black or white, then smoothed; the error is "
        f"the mean absolute difference from the image without noise. Best here: {best}, with "
        f"{errors[best]:.1f} against {errors['noisy']:.1f}.",
        picture_grid(pictures, columns=3),
    )


def ycbcr(sample: np.ndarray) -> Exhibit:
    """Return the planes of YCbCr."""
    converted = to_ycbcr(sample)
    back = from_ycbcr(converted)
    deviations = ", ".join(
        f"{name} {converted[:, :, place].std():.1f}" for place, name in enumerate(("Y", "Cb", "Cr"))
    )
    names = ("Y", "Cb + 128", "Cr + 128")
    pictures = [(name, converted[:, :, [place]]) for place, name in enumerate(names)]
    return exhibit(
        "ycbcr",
        "YCbCr",
        "One matrix product of every pixel: brightness (Y) apart from color (Cb, Cr). Standard "
        f"deviations: {deviations}. Back in RGB, no value is off by more than "
        f"{np.abs(back.astype(int) - sample).max()}.",
        picture_grid([*pictures, ("back in RGB", back)], columns=4),
    )


def normalization(sample: np.ndarray) -> Exhibit:
    """Return the values that networks get."""
    signed, imagenet = to_signed_unit(sample), to_imagenet(sample)
    exact = np.array_equal(from_signed_unit(signed), sample) and np.array_equal(
        from_imagenet(imagenet), sample
    )
    return exhibit(
        "normalize",
        "Normalize",
        f"To [-1, 1] for generators: here {signed.min():.2f} to {signed.max():.2f}, mean "
        f"{signed.mean():.2f}. To ImageNet's mean and standard deviation for transfer: "
        f"{imagenet.min():.2f} to {imagenet.max():.2f}, mean {imagenet.mean():.2f}. Both give the "
        f"bytes back: {_yes(exact)}.",
        channel_histograms({"to [-1, 1]": signed, "to ImageNet's statistics": imagenet}),
    )


def _difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(int) - second).mean())


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
