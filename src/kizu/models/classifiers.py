"""The classifiers that a stage can build, train and read back."""

from kizu.models.image_classifier import ImageClassifier
from kizu.models.imagenet import ImagenetClassifier, load_imagenet_weights
from kizu.models.serialization import Artifact, unpack
from kizu.models.vit import VisionTransformer
from kizu.models.vit_weights import load_vit_weights

CLASSIFIERS: tuple[type[ImageClassifier], ...] = (VisionTransformer, ImagenetClassifier)


def unpack_classifier(artifact: Artifact) -> ImageClassifier:
    """Rebuild the network packed as ``classifier``, whatever its kind; see `unpack`."""
    return unpack(artifact, "classifier", *CLASSIFIERS)


def load_pretrained(model: ImageClassifier, source: str) -> None:
    """Load trained weights of the model's own kind; the head of other classes stays as it is.

    Args:
        model: changed in place.
        source: see `kizu.models.pretrained.read_weights`.

    Raises:
        PretrainedWeightsError: no network, no such file, or tensors of another architecture.
        ValueError: ImageNet's weights for a vision transformer of a size that has none.
    """
    if isinstance(model, VisionTransformer):
        load_vit_weights(model, source)
    elif isinstance(model, ImagenetClassifier):
        load_imagenet_weights(model, source)
    else:
        raise TypeError(f"no weights are known for a {type(model).__name__}")
