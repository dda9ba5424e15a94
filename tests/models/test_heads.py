import pytest
import torch

from kizu.models.heads import DiscriminatorHead


def test_projection_head_against_the_equation():
    torch.manual_seed(0)
    head = DiscriminatorHead(12, 3, class_count=5).eval()
    features, pooled = torch.randn(4, 12), torch.randn(4, 3)
    labels = torch.tensor([4, 0, 0, 2])
    linear = features @ head.linear.weight.squeeze() + head.linear.bias
    inner = torch.stack([head.embedding.weight[y] @ p for y, p in zip(labels, pooled, strict=True)])
    torch.testing.assert_close(head(features, pooled, labels), linear + inner)


def test_both_weights_of_the_projection_head_are_spectrally_normalized():
    head = DiscriminatorHead(12, 3, class_count=5)
    for layer in (head.linear, head.embedding):
        for _ in range(50):
            weight = layer.weight
        norm = torch.linalg.matrix_norm(weight.detach(), ord=2)
        torch.testing.assert_close(norm, torch.tensor(1.0), rtol=1e-4, atol=0)
    plain = DiscriminatorHead(12, 3, class_count=5, weights="plain")
    assert not any("parametrizations" in name for name in plain.state_dict())


def test_auxiliary_head_classifies_and_keeps_the_logit_apart():
    torch.manual_seed(0)
    head = DiscriminatorHead(12, 3, class_count=5, conditioning="auxiliary").eval()
    features, pooled = torch.randn(4, 12), torch.randn(4, 3)
    linear = features @ head.linear.weight.squeeze() + head.linear.bias
    torch.testing.assert_close(head(features, pooled), linear)
    torch.testing.assert_close(head(features, pooled, torch.tensor([4, 0, 0, 2])), linear)
    expected = pooled @ head.classifier.weight.T + head.classifier.bias
    torch.testing.assert_close(head.classify(pooled), expected)


@pytest.mark.parametrize("class_count", [0, 5])
def test_projection_head_does_not_classify(class_count):
    assert DiscriminatorHead(12, 3, class_count).classify(torch.randn(4, 3)) is None


def test_impossible_configurations_are_refused():
    with pytest.raises(ValueError, match=r"conditioning='concat' .* projection, auxiliary"):
        DiscriminatorHead(12, 3, 5, conditioning="concat")
    with pytest.raises(ValueError, match=r"conditioning='auxiliary' needs classes.*class_count=0"):
        DiscriminatorHead(12, 3, 0, conditioning="auxiliary")


@pytest.mark.parametrize("conditioning", ["projection", "auxiliary"])
@pytest.mark.parametrize("wrong", [-1, 5])
def test_labels_out_of_range_are_refused(conditioning, wrong):
    head = DiscriminatorHead(12, 3, 5, conditioning=conditioning)
    with pytest.raises(ValueError, match=rf"labels contain {wrong}.*class_count=5.*from 0 to 4"):
        head(torch.randn(2, 12), torch.randn(2, 3), torch.tensor([0, wrong]))
