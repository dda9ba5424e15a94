import pytest
import torch

from kizu.models.vit import EncoderBlock, PatchEmbedding, VisionTransformer


def small_transformer(**changes):
    torch.manual_seed(0)
    arguments = {"width": 12, "depth": 2, "heads": 3, "mlp_ratio": 2.0, **changes}
    return VisionTransformer(8, 4, 3, 5, **arguments).double()


def reference_block(block, width, heads, hidden):
    """torch's own encoder layer with the weights of ours."""
    layer = torch.nn.TransformerEncoderLayer(
        width,
        heads,
        hidden,
        dropout=0.0,
        activation="gelu",
        layer_norm_eps=1e-6,
        batch_first=True,
        norm_first=True,
    ).double()
    layer.norm1.load_state_dict(block.attention_norm.state_dict())
    layer.norm2.load_state_dict(block.mlp_norm.state_dict())
    layer.self_attn.in_proj_weight.data.copy_(block.attention.query_key_value.weight)
    layer.self_attn.in_proj_bias.data.copy_(block.attention.query_key_value.bias)
    layer.self_attn.out_proj.load_state_dict(block.attention.projection.state_dict())
    first, last = (module for module in block.mlp if isinstance(module, torch.nn.Linear))
    layer.linear1.load_state_dict(first.state_dict())
    layer.linear2.load_state_dict(last.state_dict())
    return layer


def test_encoder_block_against_torchs_encoder_layer():
    torch.manual_seed(0)
    block = EncoderBlock(12, 3, mlp_ratio=2.0).double()
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    tokens = torch.randn(4, 5, 12, dtype=torch.float64)
    reference = reference_block(block, 12, 3, 24)
    torch.testing.assert_close(block(tokens), reference(tokens))


def test_whole_model_against_torchs_parts():
    model = small_transformer()
    images = torch.randn(3, 3, 8, 8, dtype=torch.float64)
    patches = torch.nn.functional.unfold(images, 4, stride=4).transpose(1, 2)
    tokens = patches @ model.patches.projection.weight.flatten(1).T + model.patches.projection.bias
    tokens = torch.cat((model.class_token.expand(3, -1, -1), tokens), dim=1) + model.positions
    for block in model.blocks:
        tokens = reference_block(block, 12, 3, 24)(tokens)
    feature = torch.nn.functional.layer_norm(
        tokens[:, 0], (12,), model.norm.weight, model.norm.bias, 1e-6
    )
    torch.testing.assert_close(model.features(images), feature)
    torch.testing.assert_close(model(images), model.head(feature))


def test_against_timm():
    timm = pytest.importorskip("timm")
    model = small_transformer().eval()
    reference = timm.models.VisionTransformer(
        img_size=8, patch_size=4, num_classes=5, embed_dim=12, depth=2, num_heads=3, mlp_ratio=2.0
    )
    names = {
        "patches.projection": "patch_embed.proj",
        "class_token": "cls_token",
        "positions": "pos_embed",
        "attention_norm": "norm1",
        "attention.query_key_value": "attn.qkv",
        "attention.projection": "attn.proj",
        "mlp_norm": "norm2",
        "mlp.0": "mlp.fc1",
        "mlp.3": "mlp.fc2",
    }
    state = model.state_dict()
    for ours, theirs in names.items():
        state = {key.replace(ours, theirs): value for key, value in state.items()}
    reference.load_state_dict(state)
    images = torch.randn(3, 3, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(model(images), reference.double().eval()(images))


def test_patches_are_projected_row_by_row():
    embedding = PatchEmbedding(image_size=6, patch_size=3, channels=2, width=4)
    images = torch.randn(2, 2, 6, 6)
    tokens = embedding(images)
    assert tokens.shape == (2, embedding.token_count, 4)
    kernel = embedding.projection.weight.flatten(1)
    patch = images[1, :, 0:3, 3:6].flatten()
    torch.testing.assert_close(tokens[1, 1], kernel @ patch + embedding.projection.bias)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_shapes(memory_format):
    model = small_transformer().to(memory_format=memory_format)
    images = torch.randn(3, 3, 8, 8, dtype=torch.float64).to(memory_format=memory_format)
    assert model(images).shape == (3, 5)
    assert model.features(images).shape == (3, 12)


def test_evaluation_does_not_couple_a_batch():
    model = small_transformer(dropout=0.3).eval()
    images = torch.randn(5, 3, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(model(images[:1]), model(images)[:1])


def test_dropout_acts_in_training_only():
    model = small_transformer(dropout=0.3)
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_runs_in_bfloat16():
    model = small_transformer().float()
    images = torch.randn(2, 3, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        low = model(images)
    torch.testing.assert_close(low.float(), model(images), rtol=0.05, atol=0.05)


def test_weights_depend_on_the_seed_alone():
    first, second = small_transformer().state_dict(), small_transformer().state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patch_size": 5}, r"patch_size=5 does not divide image_size=32.*1, 2, 4, 8, 16, 32"),
        ({"patch_size": 0}, r"patch_size=0 does not divide image_size=32"),
        ({"heads": 5}, r"heads=5 does not divide width=192"),
        ({"depth": 0}, r"depth=0 must be at least 1"),
        ({"class_count": 0}, r"class_count=0 must be at least 1"),
        ({"mlp_ratio": 0.0}, r"mlp_ratio=0.0 must give width=192 a hidden unit"),
        ({"dropout": 1.5}, r"dropout"),
    ],
)
def test_impossible_configurations_are_refused(changes, message):
    arguments = {"image_size": 32, "patch_size": 4, "channels": 3, "class_count": 10, **changes}
    with pytest.raises(ValueError, match=message):
        VisionTransformer(**arguments)
