"""The text detectors by name."""

from kizu.detection.protocol import Kinds
from kizu.detection.text.ngram import Ngram
from kizu.detection.text.state_neighbors import StateNeighbors
from kizu.detection.text.tfidf import TfidfNeighbors
from kizu.detection.text.transformer import Transformer

TEXT_DETECTORS: Kinds = {
    "transformer": Transformer,
    "state_neighbors": StateNeighbors,
    "ngram": Ngram,
    "tfidf_neighbors": TfidfNeighbors,
}
