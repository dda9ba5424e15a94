"""The image detectors by name."""

from kizu.detection.images.anogan import AnoGan
from kizu.detection.images.autoencoder import AutoencoderDetector
from kizu.detection.images.diffusion_reconstruction import DiffusionReconstruction
from kizu.detection.images.efficient_gan import EfficientGan
from kizu.detection.images.f_anogan import FAnoGan
from kizu.detection.images.feature_gaussian import FeatureGaussian
from kizu.detection.images.feature_neighbors import FeatureNeighbors
from kizu.detection.images.gradient_neighbors import GradientNeighbors
from kizu.detection.images.patch_bank import PatchBank
from kizu.detection.images.pixels import PixelComponents, PixelForest, PixelNeighbors
from kizu.detection.images.variational_autoencoder import VariationalAutoencoderDetector
from kizu.detection.protocol import Kinds

IMAGE_DETECTORS: Kinds = {
    "anogan": AnoGan,
    "f_anogan": FAnoGan,
    "efficient_gan": EfficientGan,
    "autoencoder": AutoencoderDetector,
    "variational_autoencoder": VariationalAutoencoderDetector,
    "diffusion_reconstruction": DiffusionReconstruction,
    "patch_bank": PatchBank,
    "feature_neighbors": FeatureNeighbors,
    "feature_gaussian": FeatureGaussian,
    "gradient_neighbors": GradientNeighbors,
    "pixel_neighbors": PixelNeighbors,
    "pixel_components": PixelComponents,
    "pixel_forest": PixelForest,
}
