import copy

import numpy as np
import pytest
import torch
import torch.distributed as dist
from hypothesis import given, settings
from hypothesis import strategies as st

from kizu.models import quantizer as module
from kizu.models.quantizer import FeatureQuantizer, nearest, smoothed


def make(channels=3, codes=5, seed=0, fresh=False, **options):
    """A quantizer whose codes are random, unless it is fresh: then it has none before an update."""
    torch.manual_seed(seed)
    quantizer = FeatureQuantizer(channels, codes, **options)
    quantizer.untouched.fill_(fresh)
    return quantizer


def feature_map(seed, count=2, channels=3, size=4):
    return torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(seed))


def rows(images):
    """Every place's feature vector, sample by sample and row by row."""
    return np.array([image[:, r, c] for image in images.numpy() for r, c in np.ndindex(4, 4)])


def choose(vectors, codebook):
    return ((vectors[:, None] - codebook[None]) ** 2).sum(axis=2).argmin(axis=1)


@settings(max_examples=30, deadline=None)
@given(
    vectors=st.integers(1, 40),
    codes=st.integers(2, 20),
    channels=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
def test_nearest_codes_are_the_nearest(vectors, codes, channels, seed):
    random = np.random.default_rng(seed)
    features = random.normal(size=(vectors, channels))
    codebook = random.normal(size=(codes, channels))
    found = nearest(torch.from_numpy(features), torch.from_numpy(codebook))
    assert np.array_equal(found.numpy(), choose(features, codebook))


def test_blocks_of_distances_change_nothing(monkeypatch):
    vectors, codebook = torch.randn(1000, 4), torch.randn(7, 4)
    whole = nearest(vectors, codebook)
    monkeypatch.setattr(module, "_CHUNK", 50)
    assert torch.equal(nearest(vectors, codebook), whole)


def test_memory_does_not_grow_with_features_times_codes(monkeypatch):
    """The largest matrix of distances stays below the limit, whatever comes in."""
    sizes = []
    addmm = torch.addmm
    monkeypatch.setattr(module, "_CHUNK", 4096)
    monkeypatch.setattr(torch, "addmm", lambda *a, **k: sizes.append(addmm(*a, **k)) or sizes[-1])
    nearest(torch.randn(3000, 2), torch.randn(64, 2))
    assert max(distances.numel() for distances in sizes) <= 4096
    assert sum(len(distances) for distances in sizes) == 3000


def test_moving_averages_against_numpy_over_several_steps():
    quantizer = make(decay=0.8).train()
    codebook = quantizer.codebook.double().numpy().copy()
    counts, sums = np.ones(5), codebook.copy()
    for step in range(6):
        images = feature_map(step)
        quantizer(images, update=True)
        vectors = rows(images).astype(np.float64)
        chosen = choose(vectors, codebook)
        for code in range(5):
            members = vectors[chosen == code]
            counts[code] = 0.8 * counts[code] + 0.2 * len(members)
            sums[code] = 0.8 * sums[code] + 0.2 * members.sum(axis=0)
        total = counts.sum()
        smooth = total * (counts + 1e-5) / (total + 5 * 1e-5)
        codebook = sums / smooth[:, None]
        np.testing.assert_allclose(quantizer.counts.numpy(), counts, rtol=1e-5)
        np.testing.assert_allclose(quantizer.codebook.numpy(), codebook, rtol=1e-4, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.floats(0, 1e4), min_size=2, max_size=50))
def test_smoothing_keeps_the_total_and_leaves_no_zero(counts):
    """n (N + eps) / (n + K eps), and not n + n eps below: only then is the sum still n."""
    counts = torch.tensor([*counts, 1.0], dtype=torch.float64)
    smooth = smoothed(counts)
    assert (smooth > 0).all()
    torch.testing.assert_close(smooth.sum(), counts.sum())


def test_unused_codes_keep_their_place():
    """With counts from 0 they would be divided by eps and jump to a norm of a million."""
    quantizer = make(codes=64, channels=8).train()
    before = quantizer.codebook.clone()
    images = 0.1 * feature_map(0, channels=8) + before[3][:, None, None]
    for _ in range(2):
        quantizer(images, update=True)
    unused = torch.arange(64) != 3
    torch.testing.assert_close(quantizer.codebook[unused], before[unused], rtol=1e-3, atol=1e-3)


def test_perplexity_does_not_collapse_after_the_first_updates():
    quantizer = make(codes=64, channels=8).train()
    perplexities = [
        quantizer(feature_map(step, count=32, channels=8), update=True).use.perplexity
        for step in range(4)
    ]
    assert min(perplexities) > 20


@pytest.mark.parametrize("dictionary", ["average", "gradient"])
@pytest.mark.parametrize(("training", "update"), [(True, False), (False, True), (False, False)])
def test_nothing_moves_unless_asked_in_training(dictionary, training, update):
    quantizer = make(dictionary=dictionary).train(training)
    before = copy.deepcopy(quantizer.state_dict())
    quantizer(feature_map(0), update=update)
    after = quantizer.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in before)


@pytest.mark.parametrize("dictionary", ["average", "gradient"])
def test_an_update_moves_what_it_should(dictionary):
    quantizer = make(dictionary=dictionary).train()
    before = copy.deepcopy(quantizer.state_dict())
    quantizer(feature_map(0), update=True)
    after = quantizer.state_dict()
    changed = {key for key in before if not torch.equal(after[key], before[key])}
    moved = {"codebook", "sums"} if dictionary == "average" else set()
    assert changed == {"counts", *moved}


@pytest.mark.parametrize("dictionary", ["average", "gradient"])
def test_codes_start_from_the_first_features_that_update_them(dictionary):
    quantizer = make(codes=4, fresh=True, dictionary=dictionary).train()
    images = feature_map(0, count=1)
    quantizer(images)
    assert quantizer.untouched
    quantized = quantizer(images, update=True)
    assert not quantizer.untouched
    vectors = rows(images)
    # Of 16 places, 4 spread evenly: 0, 4, 8 and 12.
    start = vectors[::4]
    chosen = choose(vectors, start)
    np.testing.assert_allclose(rows(quantized.features.detach()), start[chosen], atol=1e-6)
    after = copy.deepcopy(quantizer.state_dict())
    quantizer(feature_map(1), update=True)
    quantizer.eval()(feature_map(1))
    if dictionary == "gradient":
        assert torch.equal(quantizer.codebook, after["codebook"])
    else:
        shares = np.bincount(chosen, minlength=4)
        sums = np.zeros((4, 3))
        np.add.at(sums, chosen, vectors)
        expected = (0.9 * start + 0.1 * sums) / (0.9 + 0.1 * shares)[:, None]
        np.testing.assert_allclose(after["codebook"].numpy(), expected, rtol=1e-4)


def test_small_features_use_many_codes_from_the_start():
    """Next to codes from N(0, 1) they would all choose the one that is closest to 0."""
    images = 0.01 * feature_map(0, count=8)
    perplexities = {
        fresh: make(codes=32, fresh=fresh).train()(images, update=True).use.perplexity
        for fresh in (False, True)
    }
    assert perplexities[False] < 1.5
    assert perplexities[True] > 10


def test_dead_codes_leave_no_subnormal_numbers():
    """A processor is slow with them, and the search for the nearest code would be full of them."""
    quantizer = make(decay=0.5).train()
    images = torch.ones(2, 3, 4, 4)
    for _ in range(100):
        quantizer(images, update=True)
    assert quantizer.counts.all()
    assert quantizer.sums.any(dim=1).sum() == 1
    assert torch.equal(quantizer.codebook.any(dim=1), quantizer.sums.any(dim=1))
    torch.testing.assert_close(quantizer.codebook.amax(dim=0), torch.ones(3))


def test_reals_and_fakes_count_alike():
    """A joint pass is one update with both; no place in the batch weighs more than another."""
    reals, fakes = feature_map(0), feature_map(1)
    one, other = make().train(), make().train()
    one(torch.cat((reals, fakes)), update=True)
    other(torch.cat((fakes, reals)), update=True)
    for key, value in one.state_dict().items():
        torch.testing.assert_close(other.state_dict()[key], value)


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_losses_against_the_equations(weight):
    images = feature_map(0).requires_grad_()
    for dictionary in ("average", "gradient"):
        quantizer = make(dictionary=dictionary, commitment_weight=weight)
        codebook = quantizer.codebook.detach().numpy()
        vectors = rows(images.detach())
        chosen = choose(vectors, codebook)
        squared = ((vectors - codebook[chosen]) ** 2).mean()
        quantized = quantizer(images)
        factor = weight + (dictionary == "gradient")
        np.testing.assert_allclose(quantized.loss.item(), factor * squared, rtol=1e-5)
        # Features are pulled by the commitment alone, codes by the dictionary's loss alone.
        (gradient,) = torch.autograd.grad(quantized.loss, images, retain_graph=True)
        expected = 2 * weight * (vectors - codebook[chosen]) / vectors.size
        np.testing.assert_allclose(rows(gradient), expected, rtol=1e-4, atol=1e-7)
        if dictionary == "gradient":
            (gradient,) = torch.autograd.grad(quantized.loss, quantizer.codebook)
            expected = np.zeros_like(codebook)
            np.add.at(expected, chosen, 2 * (codebook[chosen] - vectors) / vectors.size)
            np.testing.assert_allclose(gradient.numpy(), expected, rtol=1e-4, atol=1e-7)


def test_features_are_replaced_straight_through():
    quantizer = make()
    images = feature_map(0).requires_grad_()
    output = quantizer(images).features
    codebook = quantizer.codebook.numpy()
    expected = codebook[choose(rows(images.detach()), codebook)]
    np.testing.assert_allclose(rows(output.detach()), expected, atol=1e-6)
    direction = torch.randn_like(output)
    (gradient,) = torch.autograd.grad(output, images, direction)
    torch.testing.assert_close(gradient, direction)


def test_commitment_alone_leaves_the_features():
    images = feature_map(0)
    quantized = make(mode="commitment")(images)
    assert quantized.features is images
    torch.testing.assert_close(quantized.loss, make(mode="replace")(images).loss)


def test_perplexity_in_closed_form():
    quantizer = make(channels=1, codes=4)
    quantizer.codebook.copy_(torch.tensor([[0.0], [1.0], [2.0], [3.0]]))
    values = torch.tensor([0.0, 0.1, 1.0, 2.0]).view(1, 1, 2, 2)
    shares = np.array([0.5, 0.25, 0.25])
    expected = np.exp(-(shares * np.log(shares)).sum())
    assert quantizer(values).use.perplexity.item() == pytest.approx(expected, rel=1e-6)
    assert quantizer(torch.zeros(1, 1, 2, 2)).use.perplexity.item() == pytest.approx(1)


def test_codes_die_that_nobody_chooses():
    quantizer = make(channels=1, codes=4, decay=0.5).train()
    quantizer.codebook.copy_(torch.tensor([[0.0], [1.0], [2.0], [3.0]]))
    values = torch.tensor([0.0, 0.0, 1.0, 1.0]).view(1, 1, 2, 2)
    dead = [quantizer(values, update=True).use.dead_codes.item() for _ in range(8)]
    # 0.5^6 is above 1 in 100, 0.5^7 below.
    assert dead == [0] * 6 + [2] * 2


@pytest.mark.parametrize("dictionary", ["average", "gradient"])
def test_use_is_read_from_the_device_by_nobody(dictionary):
    use = make(dictionary=dictionary)(feature_map(0).requires_grad_()).use
    for value in use:
        assert value.ndim == 0
        assert not value.requires_grad


def test_low_precision_features_meet_a_precise_dictionary():
    quantizer = make(codes=32, channels=8).train()
    images = feature_map(0, count=8, channels=8)
    with torch.autocast("cpu", torch.bfloat16):
        quantized = quantizer(images.bfloat16(), update=True)
    assert quantized.features.dtype == torch.bfloat16
    assert quantized.loss.dtype == quantizer.codebook.dtype == torch.float32


def test_double_precision_is_kept():
    quantizer = make().double().train()
    quantized = quantizer(feature_map(0).double(), update=True)
    assert quantized.features.dtype == quantized.loss.dtype == torch.float64


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_memory_format_does_not_matter(memory_format):
    images = feature_map(0)
    expected = make()(images)
    quantized = make()(images.to(memory_format=memory_format))
    assert torch.equal(quantized.features, expected.features)
    torch.testing.assert_close(quantized.loss, expected.loss)


def test_processes_keep_one_dictionary(monkeypatch):
    """Two processes with a half of the batch each update as one with the whole."""
    halves = feature_map(0), feature_map(1)
    single = make().train()
    single(torch.cat(halves), update=True)

    sent = []
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "broadcast", lambda values, source: None)
    monkeypatch.setattr(dist, "all_reduce", lambda values: sent.append(values.clone()))
    make().train()(halves[1], update=True)
    monkeypatch.setattr(dist, "all_reduce", lambda values: values.add_(sent[0]))
    one = make().train()
    one(halves[0], update=True)
    for key, value in single.state_dict().items():
        torch.testing.assert_close(one.state_dict()[key], value)


def test_processes_start_from_the_first_ones_features(monkeypatch):
    theirs = torch.arange(15.0).view(5, 3)
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "all_reduce", lambda values: None)
    monkeypatch.setattr(dist, "broadcast", lambda values, source: values.copy_(theirs))
    quantizer = make(fresh=True, dictionary="gradient").train()
    quantizer(feature_map(0), update=True)
    assert torch.equal(quantizer.codebook, theirs)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dictionary": "kmeans"}, r"dictionary='kmeans' .* average, gradient"),
        ({"mode": "both"}, r"mode='both' .* replace, commitment"),
        ({"codes": 1}, r"codes=1 must be at least 2"),
        ({"decay": 1.0}, r"decay=1.0 must be in \[0, 1\)"),
        ({"commitment_weight": -0.5}, r"commitment_weight=-0.5 must be at least 0"),
    ],
)
def test_impossible_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)
