"""torchvision's weights in our vision transformer, and other image sizes."""

import pytest
import torch
from torchvision.models import VisionTransformer as Reference
from torchvision.transforms import functional

from kizu.models.vit import VisionTransformer
from kizu.models.vit_weights import from_torchvision, resize_positions


def test_torchvisions_weights_give_its_logits() -> None:
    torch.manual_seed(0)
    reference = Reference(8, 4, 2, 3, 12, 24, num_classes=5).eval()
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model = VisionTransformer(8, 4, 3, 5, width=12, depth=2, heads=3, mlp_ratio=2.0).eval()
    model.load_state_dict(from_torchvision(reference.state_dict()))

    images = torch.rand(3, 3, 8, 8)
    normalized = functional.normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(model(images * 2 - 1), reference(normalized), rtol=1e-4, atol=1e-4)


def test_positions_of_the_same_size_stay() -> None:
    positions = torch.randn(1, 1 + 16, 6)

    torch.testing.assert_close(resize_positions(positions, 16), positions)


def test_a_linear_field_of_positions_stays_linear() -> None:
    # Values that grow with the row; twice as many patches lie at half the distance.
    rows = torch.arange(8.0)[:, None].expand(8, 8)
    positions = torch.cat([torch.full((1, 1, 1), 9.0), rows.reshape(1, 64, 1)], dim=1)
    resized = resize_positions(positions, 256)

    assert resized[0, 0, 0] == 9
    inner = resized[0, 1:, 0].view(16, 16)[4:12, 4:12]
    expected = ((torch.arange(4.0, 12.0) + 0.5) / 2 - 0.5)[:, None].expand(8, 8)
    # torch's cubic kernel (a = -0.75) bends a line by up to a twentieth of a step.
    torch.testing.assert_close(inner, expected, rtol=0, atol=0.05)


@pytest.mark.parametrize(
    ("length", "count", "name"), [(16, 5, "token_count"), (5, 16, "positions")]
)
def test_patches_that_make_no_square_are_refused(length: int, count: int, name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} of 5 patches make no square"):
        resize_positions(torch.zeros(1, 1 + length, 2), count)
