"""Parameters of the stage `detect_images`."""

from pydantic import Field

from kizu.detection.images.gan_parameters import (
    AnoGanParameters,
    EfficientGanParameters,
    FAnoGanParameters,
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
    VariationalAutoencoderParameters,
)
from kizu.pipelines.detecting_parameters import DetectParameters


class DetectImagesParameters(DetectParameters):
    """Those of every such stage, and the image detectors'; the ones on raw pixels are baselines."""

    planted_defects: int = Field(
        ge=0,
        description="Normal test images into which a defect is planted, a patch of another image, "
        "to measure how well heat maps find it; 0 plants none.",
    )
    planting_seed: int = Field(ge=0, description="Seed of the planted defects.")
    anogan: AnoGanParameters
    f_anogan: FAnoGanParameters
    efficient_gan: EfficientGanParameters
    autoencoder: AutoencoderParameters
    variational_autoencoder: VariationalAutoencoderParameters
    diffusion_reconstruction: DiffusionReconstructionParameters
    patch_bank: PatchBankParameters
    feature_neighbors: FeatureNeighborsParameters
    feature_gaussian: FeatureGaussianParameters
    gradient_neighbors: GradientNeighborsParameters
    pixel_neighbors: PixelNeighborsParameters
    pixel_components: PixelComponentsParameters
    pixel_forest: PixelForestParameters
