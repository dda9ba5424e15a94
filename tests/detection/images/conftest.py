"""Small normal images, and detectors small enough to be fitted in every test run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kizu.detection.images.gan_parameters import (
    AnoGanParameters,
    EfficientGanParameters,
    FAnoGanParameters,
    GanParameters,
    LatentSearchParameters,
)
from kizu.detection.images.parameters import (
    AutoencoderParameters,
    DiffusionReconstructionParameters,
    FeatureGaussianParameters,
    FeatureNeighborsParameters,
    GradientNeighborsParameters,
    PatchBankParameters,
    PixelComponentsParameters,
    PixelForestParameters,
    PixelNeighborsParameters,
    SimplexNoiseParameters,
    VariationalAutoencoderParameters,
)
from kizu.detection.images.registry import IMAGE_DETECTORS
from kizu.detection.packing import build_detector
from kizu.detection.protocol import Detector
from kizu.diffusion.settings import (
    ProcessParameters,
    ScheduleParameters,
    VariancePreservingParameters,
)
from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters

TRAINING = TrainingParameters(steps=3, batch_size=4, device="cpu")

GAN = GanParameters(
    family="dcgan",
    latent_dim=6,
    generator_width=4,
    discriminator_width=4,
    objective="cross_entropy",
    generator_learning_rate=1e-3,
    discriminator_learning_rate=1e-3,
    discriminator_steps=1,
    average_decay=0.9,
)
BACKBONE: dict[str, Any] = {
    "max_shift": 2,
    "feature_dim": 6,
    "width": 4,
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "training": TRAINING,
}
AUTOENCODER: dict[str, Any] = {
    "latent_dim": 4,
    "width": 4,
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "training": TRAINING,
}

PARAMETERS: dict[str, Parameters] = {
    "anogan": AnoGanParameters(
        gan=GAN,
        training=TRAINING,
        search=LatentSearchParameters(
            steps=5,
            learning_rate=0.1,
            restarts=2,
            candidates=7,
            feature_weight=0.1,
            batch_size=4,
        ),
    ),
    "efficient_gan": EfficientGanParameters(
        latent_dim=6,
        generator_width=4,
        encoder_width=4,
        discriminator_width=4,
        discriminator_hidden=8,
        discriminator_dropout=0.5,
        normalization="spectral",
        objective="cross_entropy",
        generator_learning_rate=1e-3,
        discriminator_learning_rate=1e-3,
        average_decay=0.9,
        reconstruction_weight=1.0,
        discrimination="features",
        discrimination_weight=0.1,
        training=TRAINING,
    ),
    "f_anogan": FAnoGanParameters(
        gan=GAN,
        encoder_width=4,
        encoder_learning_rate=1e-3,
        feature_weight=0.5,
        training=TRAINING,
    ),
    "autoencoder": AutoencoderParameters(**AUTOENCODER),
    "variational_autoencoder": VariationalAutoencoderParameters(
        **AUTOENCODER, score="elbo", draws=3
    ),
    "diffusion_reconstruction": DiffusionReconstructionParameters(
        width=8,
        multipliers=[1, 1],
        patch_size=2,
        groups=4,
        process=ProcessParameters(
            schedule=ScheduleParameters(name="cosine", timesteps=20),
            formulation=VariancePreservingParameters(
                kind="variance_preserving", prediction="velocity", weighting="simple"
            ),
        ),
        noise=SimplexNoiseParameters(kind="simplex", wavelength=8.0, octaves=2, persistence=0.8),
        learning_rate=1e-3,
        average_decay=0.9,
        start=10,
        steps=3,
        draws=2,
        edge_weight=0.5,
        training=TRAINING,
    ),
    "patch_bank": PatchBankParameters(
        **BACKBONE,
        pretrained=None,
        neighborhood=3,
        bank_size=60,
        projected_dim=5,
        memory_limit_mebibytes=1,
        reweighting_neighbors=4,
        smoothing=1.0,
    ),
    "feature_neighbors": FeatureNeighborsParameters(**BACKBONE, neighbors=3),
    "feature_gaussian": FeatureGaussianParameters(**BACKBONE),
    "gradient_neighbors": GradientNeighborsParameters(
        neighbors=3, orientations=8, cell=3, stride=2
    ),
    "pixel_neighbors": PixelNeighborsParameters(neighbors=3),
    "pixel_components": PixelComponentsParameters(explained_variance=0.8),
    "pixel_forest": PixelForestParameters(trees=10, seed=0),
}

Fitted = Callable[[str], Detector[np.ndarray]]


def blobs(count: int, seed: int, size: int = 16) -> np.ndarray:
    """Bright disks of varying place and width, uint8 (count, 1, size, size)."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    center = random.normal(size / 2, 1, size=(2, count, 1, 1))
    width = random.uniform(2, 4, size=(count, 1, 1))
    distance = (rows - center[0]) ** 2 + (columns - center[1]) ** 2
    return (255 * np.exp(-distance / width**2)).astype(np.uint8)[:, np.newaxis]


@pytest.fixture(scope="session")
def parameters() -> dict[str, Parameters]:
    """Parameters of every image detector, small."""
    return PARAMETERS


@pytest.fixture(scope="session")
def normal() -> np.ndarray:
    """Twelve normal images to fit on."""
    return blobs(12, seed=0)


@pytest.fixture(scope="session")
def unseen() -> np.ndarray:
    """Seven images that were not fitted on, of which the last three are noise."""
    noise = np.random.default_rng(2).integers(0, 256, size=(3, 1, 16, 16), dtype=np.uint8)
    return np.concatenate([blobs(4, seed=1), noise])


@pytest.fixture(scope="session")
def fitted(normal: np.ndarray) -> Fitted:
    """Return a detector by name, fitted to `normal`, once a session: leave it as it is."""
    detectors: dict[str, Detector[np.ndarray]] = {}

    def get(name: str) -> Detector[np.ndarray]:
        if name not in detectors:
            detectors[name] = build_detector(IMAGE_DETECTORS, name, PARAMETERS[name]).fit(normal)
        return detectors[name]

    return get
