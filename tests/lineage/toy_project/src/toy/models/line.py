from toy.models.shared import double

__all__ = ["double"]
