"""The table detectors by name."""

from kizu.detection.protocol import Kinds
from kizu.detection.tables.autoencoder import TableAutoencoder
from kizu.detection.tables.efficient_gan import TableEfficientGan
from kizu.detection.tables.estimators import TableCovariance, TableForest, TableSupportVector
from kizu.detection.tables.neighbors import TableNeighbors, TableOutlierFactor
from kizu.detection.tables.tails import TableCopula, TableTails

TABLE_DETECTORS: Kinds = {
    "autoencoder": TableAutoencoder,
    "efficient_gan": TableEfficientGan,
    "neighbors": TableNeighbors,
    "outlier_factor": TableOutlierFactor,
    "forest": TableForest,
    "support_vector": TableSupportVector,
    "covariance": TableCovariance,
    "ecod": TableTails,
    "copod": TableCopula,
}
