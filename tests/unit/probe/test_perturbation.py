"""Claims about `lookalike.probe.perturbation` and `margin`, on a net small enough to reason about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.errors import InvalidConfiguration
from lookalike.images.preprocessing import Preprocessing

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SIDE = 8


@pytest.fixture(scope="module")
def net():
    """Embeds a picture as the unit vector of an affine map of a small convolution's mean."""
    from lookalike.nets.net import Net

    generator = np.random.default_rng(11)
    constants = {
        "mean": np.float32(127.5),
        "kernel": generator.normal(size=(12, 3, 3, 3)).astype(np.float32) / 300,
        "matrix": generator.normal(size=(6, 12)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["floats", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "kernel"], ["features.convolved"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["features.convolved"], ["features"]),
        helper.make_node("ReduceMean", ["features"], ["pooled"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["pooled", "matrix"], ["projected"], transB=1),
        helper.make_node("LpNormalization", ["projected"], ["embedding"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 6])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    description = ModelDescription(
        name="small",
        version="1",
        dimension=6,
        preprocessing=Preprocessing(size_pixels=SIDE),
        weights_sha256="0" * 64,
        licence="Apache-2.0",
        source="made in a test",
    )
    return Net(description, model)


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def aim(net, squares: np.ndarray):
    """Each square's own vector is in the gallery and right; the four others shall come first."""
    from lookalike.probe.margin import Margin

    with torch.no_grad():
        gallery = net(torch.from_numpy(squares)).numpy()
    return Margin(gallery, ~np.eye(len(squares), dtype=np.bool_))


def margins_by_loops(net, squares: np.ndarray, aim) -> list[float]:
    with torch.no_grad():
        vectors = net(torch.from_numpy(squares)).numpy()
    margins = []
    for query, vector in enumerate(vectors):
        wanted, other = [], []
        for row, gallery in enumerate(aim.gallery):
            (wanted if aim.favoured[query, row] else other).append(float(vector @ gallery))
        margins.append(max(wanted) - max(other))
    return margins


def test_a_margin_is_the_best_favoured_minus_the_best_other(net, squares: np.ndarray, aim) -> None:
    with torch.no_grad():
        vectors = net(torch.from_numpy(squares))
    found = [float(value) for at in (slice(0, 2), slice(2, 5)) for value in aim.of(vectors[at], at)]
    assert found == pytest.approx(margins_by_loops(net, squares, aim), abs=1e-5)


@pytest.mark.parametrize("epsilon", [1, 4, 16])
def test_an_attack_raises_the_margin_within_its_allowance(net, squares: np.ndarray, aim, epsilon: int) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb

    options = PgdOptions(epsilon=epsilon, batch_pictures=2)
    attacked = perturb(net, squares, aim, options, generator=np.random.default_rng(0))
    assert attacked.dtype == np.uint8
    assert np.abs(attacked.astype(int) - squares).max() <= epsilon
    before, after = margins_by_loops(net, squares, aim), margins_by_loops(net, attacked, aim)
    assert all(later > earlier for earlier, later in zip(before, after, strict=True))


def test_a_stronger_attack_wins_more(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb

    means = [
        np.mean(
            margins_by_loops(
                net, perturb(net, squares, aim, PgdOptions(epsilon=e), generator=np.random.default_rng(0)), aim
            )
        )
        for e in (1, 8, 64)
    ]
    assert means == sorted(means)


def test_an_attack_beats_noise_of_the_same_size(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb

    attacked = perturb(net, squares, aim, PgdOptions(epsilon=8), generator=np.random.default_rng(0))
    noise = np.random.default_rng(1).choice([-8, 8], squares.shape)
    noisy = (squares.astype(int) + noise).clip(0, 255).astype(np.uint8)
    assert np.mean(margins_by_loops(net, attacked, aim)) > np.mean(margins_by_loops(net, noisy, aim)) + 0.01


def test_the_net_and_its_gradients_are_left_as_they_were(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb

    before = {name: value.clone() for name, value in net.state_dict().items()}
    perturb(net, squares, aim, PgdOptions(), generator=np.random.default_rng(0))
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(value.grad is None for value in net.parameters())


def test_the_same_seed_gives_the_same_pictures_and_none_gives_none(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb

    one, other = (perturb(net, squares, aim, PgdOptions(), generator=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert perturb(net, squares[:0], aim, PgdOptions(), generator=np.random.default_rng(3)).shape == (0, SIDE, SIDE, 3)


def test_an_attacker_who_expects_changes_holds_out_better_under_them(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import HARMLESS, PgdOptions, perturb

    def mirrored(pictures: np.ndarray) -> float:
        return float(np.mean(margins_by_loops(net, np.ascontiguousarray(pictures[:, :, ::-1]), aim)))

    plain = perturb(net, squares, aim, PgdOptions(epsilon=8), generator=np.random.default_rng(0))
    expecting = perturb(net, squares, aim, PgdOptions(epsilon=8), generator=np.random.default_rng(0), views=HARMLESS)
    assert mirrored(expecting) > mirrored(plain)


def test_one_change_for_all_stays_in_its_allowance_and_raises_the_mean(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb_all_alike

    change = perturb_all_alike(net, squares, aim, PgdOptions(epsilon=16), generator=np.random.default_rng(0))
    assert np.abs(change).max() <= 16
    moved = (squares + change).clip(0, 255).astype(np.uint8)
    assert np.mean(margins_by_loops(net, moved, aim)) > np.mean(margins_by_loops(net, squares, aim))


@given(epsilon=st.integers(-3, 300), n_steps=st.integers(-2, 20))
def test_options_out_of_range_are_refused_all_at_once(epsilon: int, n_steps: int) -> None:
    from lookalike.probe.perturbation import PgdOptions

    bad = [name for name, wrong in (("epsilon", not 1 <= epsilon <= 255), ("n_steps", n_steps < 1)) if wrong]
    if not bad:
        assert PgdOptions(epsilon=epsilon, n_steps=n_steps).step_size == pytest.approx(2.5 * epsilon / n_steps)
        return
    with pytest.raises(InvalidConfiguration) as caught:
        PgdOptions(epsilon=epsilon, n_steps=n_steps)
    assert all(name in str(caught.value) for name in bad)


def test_a_margin_needs_one_column_a_gallery_row(aim) -> None:
    from lookalike.probe.margin import Margin

    with pytest.raises(ValueError, match="one a row"):
        Margin(aim.gallery, aim.favoured[:, :3])


def test_no_margin_is_measured_on_pixels_that_no_picture_has(net, squares: np.ndarray, aim) -> None:
    from lookalike.probe.perturbation import PgdOptions, perturb

    seen: list[tuple[float, float]] = []

    def spy(pixels):
        seen.append((pixels.detach().min().item(), pixels.detach().max().item()))
        return pixels

    extreme = np.where(squares < 128, 0, 255).astype(np.uint8)
    perturb(net, extreme, aim, PgdOptions(n_steps=2), generator=np.random.default_rng(0), views=(spy,))
    assert seen
    assert all(low >= 0 and high <= 255 for low, high in seen)
