"""An object file of the CPU kernel: made by numba, or by LLVM from text; loaded by LLVM; and called through ctypes."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import llvmlite.binding as llvm
import numpy as np

if TYPE_CHECKING:
    from salvo.engine.records import Scratch, Tables

SYMBOL = "salvo_run"
LIBRARY = {"memset", "memcpy", "memmove"}  # what compiled code may ask of the C library

_loaded: list[Any] = []  # LLVM frees code whose engine is gone


class Compiled(NamedTuple):
    """The kernel as numba compiled it."""

    run: Callable[..., Any]  # as numba calls it
    code: bytes | None  # an object file with SYMBOL; None where it would ask other programs for anything but LIBRARY
    numbers: int  # arguments of SYMBOL, the two for what it returns and what it raises left out


def host() -> str:
    """For what processor code is made on this machine."""
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def platform() -> str:
    """For what kind of machine text is made, such as x86_64-unknown-linux-gnu."""
    return re.sub(r"[\d.]+$", "", llvm.get_process_triple())


def simplified(text: str, function: str) -> str:
    """LLVM text with the functions that are to be inlined in their callers, and without detours, for any processor of the platform.

    Loops are left as they are, for `optimised`. What is not inlined stays apart, so that rare things do not lengthen the compilation.
    """
    module = _alone(text, function)
    for one in module.functions:
        if not one.is_declaration and one.name != function and not _is_inlined(one):
            one.add_function_attribute("noinline")
    plain = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        opt=3, codemodel="jitdefault", jit=True
    )
    _run_passes(module, plain, vectors=False)
    return _for_older(str(module))


def _for_older(text: str) -> str:
    """LLVM text that LLVM 20 can read, though LLVM 22 wrote it, and that computes the same.

    Left out are an attribute that LLVM 20 does not know, and the marks of where a variable's life begins and ends: they are written in
    another form now, at which LLVM 20 stops the process.
    """
    text = re.sub(r"^.*@llvm\.lifetime\.(?:start|end)\b.*\n", "", text, flags=re.MULTILINE)
    return text.replace(" nocreateundeforpoison", "")


def optimised(text: str, function: str) -> bytes:
    """An object file for this processor, from LLVM text; `function` becomes SYMBOL. Raises RuntimeError where LLVM cannot read it."""
    module = _alone(text, function)
    module.get_function(function).name = SYMBOL
    machine = _machine()
    _run_passes(module, machine, vectors=True)
    return machine.emit_object(module)


def _alone(text: str, function: str) -> Any:
    """The module of a text, in which nothing but one function can be called from outside."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    for one in module.functions:
        if not one.is_declaration and one.name != function:
            one.linkage = "internal"
    return module


def _is_inlined(function: Any) -> bool:
    return any(b"alwaysinline" in attributes for attributes in function.attributes)


def _run_passes(module: Any, machine: Any, vectors: bool) -> None:
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = vectors
    tuning.loop_interleaving = tuning.loop_unrolling = vectors
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)


def make(arguments: tuple[Any, ...]) -> Compiled:
    """Compile kernels/cpu.py for arguments of these types."""
    from numba import typeof

    from salvo.kernels import cpu
    from salvo.kernels.draw import jit_whole

    run: Any = jit_whole(cpu.run)
    run.compile(tuple(typeof(argument) for argument in arguments))
    (compiled,) = run.overloads.values()
    text = _without(next(iter(run.inspect_llvm().values())), compiled.fndesc.llvm_cpython_wrapper_name)
    module = llvm.parse_assembly(text)
    asked = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
    function = module.get_function(compiled.fndesc.llvm_func_name)
    numbers = len(list(function.arguments)) - 2
    if not {name for name in asked if len(re.findall(rf'@"?{re.escape(name)}\b', text)) > 1} <= LIBRARY:
        return Compiled(run, None, numbers)
    function.name = SYMBOL
    return Compiled(run, _machine().emit_object(module), numbers)


def _without(text: str, name: str) -> str:
    """LLVM text without the function of this name."""
    return re.sub(rf'^define [^\n]*@"?{re.escape(name)}"?\(.*?^}}\n', "", text, flags=re.DOTALL | re.MULTILINE)


def from_list(address: int, count: int) -> int:
    """Address of a function of three pointers that calls the one at `address`, its `count` numbers read from where the third points.

    ctypes takes longer to hand over so many numbers than the kernel to play a small raid.
    """
    from llvmlite import ir

    byte, word = ir.IntType(8).as_pointer(), ir.IntType(64)
    module = ir.Module()
    outer = ir.Function(module, ir.FunctionType(ir.IntType(32), [byte, byte, word.as_pointer()]), SYMBOL)
    inner = ir.FunctionType(ir.IntType(32), [byte, byte, *[word] * count])
    builder = ir.IRBuilder(outer.append_basic_block())
    answer, trouble, numbers = outer.args
    handed = [builder.load(builder.gep(numbers, [word(k)])) for k in range(count)]
    function = builder.inttoptr(word(address), inner.as_pointer())
    builder.ret(builder.call(function, [answer, trouble, *handed]))
    return load(_machine().emit_object(llvm.parse_assembly(str(module))))


def load(code: bytes) -> int:
    """Load an object file of `make`; the address of its function, 0 where it has none. Raises RuntimeError where it is no object file."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    return engine.get_function_address(SYMBOL)


def kinds(arguments: tuple[Any, ...]) -> str:
    """The types of the kernel's arguments in words: each array's dimensions and the places of its fields."""
    tables, scratch, rows, *_ = arguments
    said = [
        f"{name}: {array.ndim} {_kind(array.dtype)}"
        for arrays in (tables, scratch)
        for name, array in zip(arrays._fields, arrays, strict=True)
    ]
    return "; ".join([*said, f"rows: {rows.ndim} {_kind(rows.dtype)}"])


def _kind(dtype: np.dtype) -> str:
    if dtype.fields is None:
        return dtype.str
    return f"{dtype.itemsize} {' '.join(f'{name} {kind[0].str} {kind[1]}' for name, kind in dtype.fields.items())}"


def fitting(content: bytes | None, arguments: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The function of a kept object file, behind the number of its arguments; None where there is none that takes these arguments."""
    count = len(flat(*arguments))
    numbers, _, code = (content or b"").partition(b"\n")
    if numbers != b"%d" % count:
        return None
    try:
        address = load(code)
    except RuntimeError:
        return None
    return Call(address, count) if address else None


def _numbers(array: np.ndarray) -> Iterator[int]:
    """An array as numba lays it out. Owner and parent matter to numba's reference counts alone, which the kernel does without."""
    yield from (0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides)


def flat(tables: Tables, scratch: Scratch, rows: np.ndarray, first: int, *key: np.uint64) -> list[int]:
    """All arguments of the kernel, as the numbers that it takes."""
    return [*(n for array in (*tables, *scratch, rows) for n in _numbers(array)), first, *map(int, key)]


class Call:
    """The function at `address`, whose arguments come as `count` numbers."""

    def __init__(self, address: int, count: int) -> None:
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *(ctypes.c_int64,) * count)
        self._function = kind(address)
        self._address, self._count = address, count

    def __call__(self, *arguments: Any) -> None:
        """Call it with the kernel's arguments; raises RuntimeError where it says that something went wrong."""
        answer, trouble = ctypes.c_void_p(), ctypes.c_void_p()
        _good(self._function(ctypes.addressof(answer), ctypes.addressof(trouble), *flat(*arguments)))

    def again(self, tables: Tables, scratch: Scratch, rows: np.ndarray, *key: np.uint64) -> Callable[[int], None]:
        """As `MachineCode.again`."""
        function = self._from_list()
        numbers = (ctypes.c_int64 * self._count)(*flat(tables, scratch, rows, 0, *key))
        at = self._count - len(key) - 1
        answer, trouble = ctypes.c_void_p(), ctypes.c_void_p()
        places = ctypes.addressof(answer), ctypes.addressof(trouble), ctypes.addressof(numbers)
        kept = (
            tables,
            scratch,
            rows,
            answer,
            trouble,
        )  # as long as the function, which knows no more than where they are

        def play(first: int, _kept: object = kept) -> None:
            numbers[at] = first
            _good(function(*places))

        return play

    @cache  # noqa: B019 - there is one for each loaded kernel, and kernels stay loaded
    def _from_list(self) -> Callable[..., int]:
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        return kind(from_list(self._address, self._count))


def _good(status: int) -> None:
    if status:
        raise RuntimeError(f"the kernel stopped with status {status}")
