"""The graphics card, seen from the host: whether there is one, its kernels, its memory. Nothing here imports CUDA before it is asked to."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from salvo.engine.cache import kernel_folder
from salvo.engine.records import Scratch

SIMULATOR = "NUMBA_ENABLE_CUDASIM=1 NUMBA_DISABLE_JIT=1"

CPU_NS = 300  # one threat of one trial on one thread, about; see benchmarks/
START_S = 60  # to compile the kernels for a card, when no earlier process has; measured on a slow machine


def simulated() -> bool:
    """Whether numba runs kernels in plain Python, without a card, as its CUDA simulator."""
    from numba import config

    return bool(getattr(config, "ENABLE_CUDASIM", 0))


@lru_cache(maxsize=1)
def missing() -> str | None:
    """What keeps trials from being played on a GPU, in one sentence; None when nothing does."""
    from numba import config

    if simulated():
        return (
            None
            if getattr(config, "DISABLE_JIT", 0)
            else f"the CUDA simulator needs {SIMULATOR}, set before Python starts"
        )
    if find_spec("numba_cuda") is None:
        return 'the package numba-cuda is not installed (pip install "salvo-calculator[cuda]")'
    try:
        from numba import cuda
        from numba.cuda.cudadrv.nvvm import NVVM
    except ImportError as error:
        return f"numba-cuda {_version('numba-cuda')} cannot be imported ({error})"
    try:
        if len(cuda.gpus) == 0:
            return "the NVIDIA driver finds no card"
    except Exception as error:  # of several classes, by what is missing
        return f"no NVIDIA driver answers ({_first_sentence(error)})"
    try:
        NVVM()
    except Exception as error:
        return f'the CUDA toolkit is not installed (pip install "salvo-calculator[cuda]"): {_first_sentence(error)}'
    return None


def _first_sentence(error: Exception) -> str:
    text = " ".join(str(error).replace("Error at driver init:", "").split())
    return text.split(". ")[0].rstrip(".: ") or type(error).__name__


def pays(threats: int, trials: int, threads: int) -> bool:
    """Whether there is a card, and trials of so many threats keep the CPU's threads busy for longer than a card's start takes."""
    if threats * trials * CPU_NS < START_S * 1e9 * threads or find_spec("numba_cuda") is None:
        return False
    return not simulated() and missing() is None


@lru_cache(maxsize=1)
def kernels() -> ModuleType:
    """The module kernels/gpu.py, whose compiled kernels are kept between processes."""
    if not simulated():
        from numba.cuda.core import config  # pyright: ignore[reportMissingImports]

        config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # a few trials make a small grid, which is no reason to warn
        before, config.CACHE_DIR = config.CACHE_DIR, str(kernel_folder())
        try:
            from salvo.kernels import gpu
        finally:
            config.CACHE_DIR = before
    else:
        from salvo.kernels import gpu
    return gpu


def use(start: Scratch) -> ModuleType:
    """The kernels, told of the arrays of a worker's scratch."""
    module = kernels()
    module.use(Scratch, tuple(array.ndim for array in start))
    return module


def no_room() -> tuple[type[Exception], ...]:
    """What is raised when the card's memory does not suffice."""
    if simulated():
        return (MemoryError,)
    from numba.cuda.cudadrv.driver import CudaAPIError

    return (MemoryError, CudaAPIError)


def new_stream() -> Any:
    """A stream: launches in it follow each other, those of different streams overlap."""
    from numba import cuda

    return cuda.stream()


class _Record(np.record):  # pyright: ignore[reportIncompatibleVariableOverride]
    """A record in the simulator. Fields come before what NumPy calls by the same name, such as `flags`, as they do once compiled."""

    def __getattribute__(self, name: str) -> Any:
        get = np.void.__getattribute__
        return np.void.__getitem__(self, name) if name in get(self, "dtype").fields else get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        np.void.__setitem__(self, name, value)


def _simulated(array: np.ndarray) -> np.ndarray:
    """An array as the simulator takes it inside a tuple: NumPy's own."""
    if array.dtype.fields is None:
        return array
    return array.view(np.ndarray).view(np.dtype((_Record, array.dtype)))


def empty(shape: tuple[int, ...], dtype: Any, apart: bool = False) -> Any:
    """An array on the card, of unknown content; `apart` lets its last axis vary slowest in memory, not fastest."""
    order = "F" if apart else "C"
    if simulated():
        return _simulated(np.empty(shape, dtype, order=order))
    from numba import cuda

    made = cuda.device_array(shape, dtype, order=order)
    if made.size == 0:  # a launch refuses a null address
        made.gpu_data = cuda.device_array(1, dtype).gpu_data
    return made


def upload(array: np.ndarray) -> Any:
    """A copy of an array on the card."""
    if simulated():
        return _simulated(array.copy())
    if array.size == 0:
        return empty(array.shape, array.dtype)
    from numba import cuda

    return cuda.to_device(array)


def shared(array: Any, threads: int) -> Any:
    """One array of the card as each of so many threads' own: with a last axis that stays in place."""
    shape, strides = (*array.shape, threads), (*array.strides, 0)
    if isinstance(array, np.ndarray):
        return np.lib.stride_tricks.as_strided(array, shape, strides)
    from numba.cuda.cudadrv.devicearray import DeviceNDArray

    return DeviceNDArray(shape, strides, array.dtype, gpu_data=array.gpu_data)


def download(array: Any, stream: Any) -> np.ndarray:
    """A copy of an array of the card, once all before it in the stream is done."""
    if isinstance(array, np.ndarray):
        return array.copy()
    copy = array.copy_to_host(stream=stream)
    stream.synchronize()
    return copy


def flat(array: Any) -> Any:
    """The memory of an array of the card, or of a NumPy array, as one run of 32-bit units, or of bytes where those do not fit."""
    unit = np.dtype(np.uint32 if array.dtype.itemsize % 4 == 0 else np.uint8)
    if isinstance(array, np.ndarray):
        plain = array.view(np.ndarray).ravel(order="K")
        return plain.view(unit)
    from numba.cuda.cudadrv.devicearray import DeviceNDArray

    size = array.size * array.dtype.itemsize // unit.itemsize
    return DeviceNDArray((size,), (unit.itemsize,), unit, gpu_data=array.gpu_data)


def free_bytes() -> int:
    """Memory of the card that is free now."""
    if simulated():
        return 1 << 26
    from numba import cuda

    return int(cuda.current_context().get_memory_info()[0])


def processors() -> int:
    """Multiprocessors of the card."""
    if simulated():
        return 1
    from numba import cuda

    return int(cuda.get_current_device().MULTIPROCESSOR_COUNT)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def describe() -> dict[str, str]:
    """Name of the card, driver and versions, for a table of measurements."""
    said = {name: _version(name) for name in ("numba", "numba-cuda", "numpy")} | {"python": sys.version.split()[0]}
    if simulated():
        return {"card": "none: CUDA simulator", **said}
    from numba import cuda

    card = cuda.get_current_device()
    name = card.name.decode() if isinstance(card.name, bytes) else card.name
    memory = cuda.current_context().get_memory_info()[1] / (1 << 30)
    return {
        "card": name,
        "compute capability": ".".join(map(str, card.compute_capability)),
        "multiprocessors": str(processors()),
        "memory": f"{memory:.0f} GiB",
        "driver": _driver(),
        "CUDA": ".".join(map(str, cuda.runtime.get_version())),
        **said,
    }


def _driver() -> str:
    """Version of the NVIDIA driver, as the system's own tool says it."""
    import shutil
    import subprocess

    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "unknown"
    command = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else "unknown"
