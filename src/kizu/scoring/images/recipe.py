"""How an image file becomes what the image detectors take. Free of torch."""

from kizu.preprocessing.preparation import Preparation
from kizu.sources.images import ImageChecks


class ImageRecipe(Preparation):
    """What the stages `ingest_images` and `images` did with the files of the training."""

    checks: ImageChecks
