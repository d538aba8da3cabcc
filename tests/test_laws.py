"""Uncertain probabilities as slices: every law keeps its mean and its order, whatever its ends; and what is kept of them is checked."""

import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import salvo
from salvo.engine import laws
from salvo.engine.cache import kept
from salvo.format.values import Uncertain

HALF_A_UNIT = 2.0**-33  # of a threshold: what rounding may move the mean by


def forget():
    """Forget the laws that this process has made."""
    laws._unit_slices.cache_clear()
    laws._cut.cache_clear()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of laws."""
    monkeypatch.setattr(laws, "cache_folder", lambda name: tmp_path)
    forget()
    yield tmp_path
    forget()


def near_an_end(x):
    """Numbers between 0 and 1, many of them near 0 or 1."""
    power, from_one = x
    return 1 - 10.0**-power if from_one else 10.0**-power


ends = st.tuples(st.floats(0.001, 300), st.booleans()).map(near_an_end).filter(lambda x: 0 < x < 1)


@given(ends, ends)
@example(0.9, 5e-324)
@example(0.9, 1e-16)
@example(0.001, 1 - 1e-9)
@example(0.5, 1e-12)
@example(0.1, 0.99)
@example(1e-9, 1e-6)
@example(1e-300, 1 - 1e-16)
def test_every_law_keeps_its_mean_and_its_order(mean, rho):
    found = laws.slices(Uncertain(mean=mean, rho=rho))
    assert abs(found.mean() / laws.ONE - mean) <= HALF_A_UNIT + 1e-12
    assert (np.diff(found) >= 0).all()
    assert found[0] >= 0
    assert found[-1] <= laws.ONE


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted))
@example([0.0, 0.0, 5e-324])
@example([0.5, 0.5, 0.5 + 2**-53])
@example([0.0, 5e-324, 1.0])
def test_every_law_of_three_points_keeps_its_mean_and_its_order(ends):
    low, mode, high = ends
    found = laws.slices(Uncertain(low=low, mode=mode, high=high))
    assert abs(found.mean() / laws.ONE - (low + 4 * mode + high) / 6) <= HALF_A_UNIT + 1e-12
    assert (np.diff(found) >= 0).all()
    assert found[0] >= np.floor(low * laws.ONE)
    assert found[-1] <= np.ceil(high * laws.ONE)


@pytest.mark.parametrize("mean", [5e-324, 1e-308, 1e-20])
@pytest.mark.parametrize("rho", [5e-324, 4.7e-14, 1e-12, 0.5, 1 - 1e-12])
def test_means_that_no_slice_can_show_are_nothing(mean, rho):
    found = laws.slices(Uncertain(mean=mean, rho=rho))
    assert found.dtype == np.int64
    assert not found.any()


@pytest.mark.parametrize("rho", [5e-324, 1e-16, 1e-9, 1e-6])
def test_a_narrow_law_takes_milliseconds(rho, folder):
    laws.slices(Uncertain(mean=0.8, rho=rho / 2))  # imports scipy
    began = time.process_time()
    laws.slices(Uncertain(mean=0.9, rho=rho))
    assert time.process_time() - began < 0.5  # 20 s by inversion alone


def test_the_expansion_meets_the_inversion():
    """At NARROW the two ways agree, as far as the rounding of the inversion lets them."""
    for mean in (0.02, 0.5, 0.9):
        rho = min(mean, 1 - mean) / laws.NARROW / 1.01
        a, b, *_ = laws.beta_parameters(Uncertain(mean=mean, rho=rho))
        assert min(a, b) >= laws.NARROW
        deviation, *rest = laws._cumulants(mean, rho)
        narrow = laws._narrow_slices(mean, deviation, *rest)
        assert np.abs(narrow - laws._compute_unit_slices(a, b)).max() < 1e-4 * deviation


def test_a_law_so_narrow_that_it_is_a_number(folder):
    """The smallest rho that there is: leakers are those of the constant."""
    raid = salvo.load("one-site")
    battery = raid.batteries[0]
    path = f"batteries.{battery.id}.against.{next(iter(battery.against))}.kill"
    sharp = salvo.simulate(raid.replace(path, {"mean": 0.9, "rho": 5e-324}), trials=500)
    plain = salvo.simulate(raid.replace(path, 0.9), trials=500)
    assert sharp.leakers.mean == plain.leakers.mean


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:100] + bytes(80) + content[180:],
        lambda content: bytes(len(content)),
        lambda content: b"PK\x03\x04" + content[4:],
        lambda content: content[:-1],
        lambda content: b"",
    ],
    ids=["80 bytes of zero", "all zero", "like a zip file", "one byte short", "empty"],
)
def test_a_damaged_law_is_replaced(folder, damage):
    law = Uncertain(mean=0.7, rho=0.1)
    whole = laws.slices(law)
    (file,) = folder.iterdir()
    good = file.read_bytes()
    file.write_bytes(damage(good))
    forget()
    assert np.array_equal(laws.slices(law), whole)
    assert file.read_bytes() == good
    assert kept(file) is not None
