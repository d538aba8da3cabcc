"""An object file of the CPU kernel: made by numba, loaded by LLVM."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm

SYMBOL = "salvo_run"
LIBRARY = {"memset", "memcpy", "memmove"}  # what compiled code may ask of the C library

_loaded: list[Any] = []  # LLVM frees code whose engine is gone


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


def make(arguments: tuple[Any, ...]) -> bytes | None:
    """Compile kernels/cpu.py for arguments of these types, into an object file with the function SYMBOL.

    None where the code would ask other programs for anything but LIBRARY, so that it could not be loaded by itself.
    """
    from numba import typeof

    from salvo.kernels import cpu
    from salvo.kernels.draw import jit_apart

    run = jit_apart(cpu.run)
    signature = tuple(typeof(argument) for argument in arguments)
    run.compile(signature)
    (compiled,) = run.overloads.values()
    module = llvm.parse_assembly(next(iter(run.inspect_llvm().values())))
    asked = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
    if not asked <= LIBRARY:
        return None
    module.get_function(compiled.fndesc.llvm_func_name).name = SYMBOL
    return _machine().emit_object(module)


def load(code: bytes) -> int:
    """Load an object file of `make`; the address of its function."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    return engine.get_function_address(SYMBOL)
