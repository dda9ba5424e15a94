"""Parameters of the stage `detect_tables`."""

from kizu.detection.tables.parameters import (
    TableAutoencoderParameters,
    TableCovarianceParameters,
    TableEfficientGanParameters,
    TableForestParameters,
    TableNeighborsParameters,
    TableOutlierFactorParameters,
    TableSupportVectorParameters,
    TableTailsParameters,
)
from kizu.pipelines.detecting_parameters import DetectParameters


class DetectTablesParameters(DetectParameters):
    """Those of every such stage, and the table detectors'; neighbors are the baseline."""

    autoencoder: TableAutoencoderParameters
    efficient_gan: TableEfficientGanParameters
    forest: TableForestParameters
    support_vector: TableSupportVectorParameters
    covariance: TableCovarianceParameters
    ecod: TableTailsParameters
    copod: TableTailsParameters
    outlier_factor: TableOutlierFactorParameters
    neighbors: TableNeighborsParameters
