"""An object file of the CPU kernel: made by numba, loaded by LLVM."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import llvmlite.binding as llvm

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


def make(arguments: tuple[Any, ...]) -> Compiled:
    """Compile kernels/cpu.py for arguments of these types."""
    from numba import typeof

    from salvo.kernels import cpu
    from salvo.kernels.draw import jit_whole

    run = jit_whole(cpu.run)
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
