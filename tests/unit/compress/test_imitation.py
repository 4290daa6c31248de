"""A net that learns to answer as another model does."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from lookalike.compress.chains import narrowed
from lookalike.compress.imitation import imitate, imitation_loss
from lookalike.compress.options import ImitationOptions
from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import InvalidConfiguration
from lookalike.nets import mixed_precision
from lookalike.nets.graph import leading_to, read_graph
from lookalike.nets.net import Net

pytestmark = pytest.mark.torch

Tiny = tuple[ModelDescription, bytes]


def test_the_loss_is_that_of_plain_loops() -> None:
    random = np.random.default_rng(0)
    student, teacher = random.normal(size=(5, 4)), random.normal(size=(5, 4))
    s = [row / np.sqrt(sum(value * value for value in row)) for row in student]
    t = [row / np.sqrt(sum(value * value for value in row)) for row in teacher]
    apart = sum(1 - float(np.dot(a, b)) for a, b in zip(s, t, strict=True)) / 5
    pairs = sum((float(np.dot(s[i], s[j])) - float(np.dot(t[i], t[j]))) ** 2 for i in range(5) for j in range(5)) / 25
    found = imitation_loss(torch.from_numpy(student), torch.from_numpy(teacher), similarity_weight=3.0)
    assert float(found) == pytest.approx(apart + 3.0 * pairs)
    assert float(imitation_loss(torch.from_numpy(t[0])[None], torch.from_numpy(t[0])[None], similarity_weight=1.0)) == (
        pytest.approx(0.0, abs=1e-12)
    )


def test_a_cut_net_learns_to_answer_as_before_and_the_same_way_twice(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    cut = narrowed(file, {"block0.projected": np.arange(0, 24, 3)}, {}, description)
    teacher = OnnxEmbedder(description, file)
    targets = teacher.embed(squares)
    options = ImitationOptions(steps=40, batch=6, rate=1e-2, warm_up=2)
    made: list[bytes] = []
    for _ in range(2):
        net = Net(description, cut)
        told = imitate(net, squares, targets, options, generator=torch.Generator().manual_seed(1))
        assert told.steps == 40
        assert told.last < 0.7 * told.first
        made.append(net.to_onnx())
    assert made[0] == made[1]
    before, after = (
        np.einsum("nd,nd->n", targets, OnnxEmbedder(description, one).embed(squares)).mean() for one in (cut, made[0])
    )
    assert after > before


def test_no_steps_leave_the_net_as_it_was(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    net = Net(description, file)
    targets = np.zeros((len(squares), 12), np.float32)
    told = imitate(net, squares, targets, ImitationOptions(steps=0), generator=torch.Generator())
    assert told.steps == 0
    assert net.to_onnx() == Net(description, file).to_onnx()


def test_upper_layers_learn_the_same_from_what_lower_ones_gave_as_from_pictures(
    tiny: Tiny, squares: np.ndarray
) -> None:
    description, file = tiny
    cut = narrowed(file, {"block0.projected": np.arange(0, 24, 3)}, {}, description)
    targets = OnnxEmbedder(description, file).embed(squares)
    options = ImitationOptions(steps=10, batch=6, rate=1e-2, warm_up=2, catalogue_share=0.0, mixed_precision=False)
    maps = Graph(leading_to(file, ["stem"]), "tiny").run({"pixels": squares}, ["stem"])[0]
    losses: dict[str, list[float]] = {"pictures": [], "maps": []}
    nets = {name: Net(description, cut) for name in losses}
    nets["pictures"].stem.requires_grad_(False)
    for name, seen, below in (("pictures", squares, None), ("maps", maps, "stem")):
        heard = lambda _, loss, name=name: losses[name].append(loss)  # noqa: E731
        imitate(
            nets[name], seen, targets, options, generator=torch.Generator().manual_seed(1), below=below, heard=heard
        )
    np.testing.assert_allclose(losses["maps"], losses["pictures"], rtol=1e-3)
    before, after = (read_graph(one).constants for one in (cut, nets["maps"].to_onnx()))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert "stem.weight" not in changed
    assert "block0.weight" in changed or "block0.projected.weight" in changed


@pytest.mark.parametrize(("wanted", "learned_in"), [(True, torch.bfloat16), (False, torch.float32)])
def test_it_learns_in_bfloat16_where_that_is_wanted_and_a_processor_gains_by_it(
    tiny: Tiny, squares: np.ndarray, wanted: bool, learned_in: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed_precision, "gains_by_bfloat16", lambda device: True)
    description, file = tiny
    net, seen = Net(description, file), set[torch.dtype]()
    net.stem.register_forward_hook(lambda _, __, found: seen.add(found.dtype))
    targets = OnnxEmbedder(description, file).embed(squares)
    options = ImitationOptions(steps=2, batch=6, mixed_precision=wanted)

    told = imitate(net, squares, targets, options, generator=torch.Generator().manual_seed(1))

    assert seen == {learned_in}
    assert np.isfinite(told.last)


def test_the_catalogue_has_its_share_of_each_batch_and_every_picture_its_turn(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    rows: list[np.ndarray] = []

    class Watched(np.ndarray):
        def __getitem__(self, at: object) -> np.ndarray:
            rows.append(np.asarray(at))
            return np.asarray(super().__getitem__(at))

    targets = OnnxEmbedder(description, file).embed(squares)
    options = ImitationOptions(steps=6, batch=8, catalogue_share=0.25)
    imitate(
        Net(description, file),
        squares.view(Watched),
        targets,
        options,
        generator=torch.Generator().manual_seed(0),
        own=np.array([3, 7, 9]),
    )
    assert [len(one) for one in rows] == [8] * 6
    assert sorted(np.concatenate([one[:6] for one in rows])) == sorted([*range(12)] * 3)
    assert sorted(np.concatenate([one[6:] for one in rows])) == sorted([3, 7, 9] * 4)


def test_options_name_all_their_faults() -> None:
    with pytest.raises(InvalidConfiguration, match=r"batch.*n_cuts.*minutes"):
        ImitationOptions(batch=1, n_cuts=-1, minutes=0.0)
