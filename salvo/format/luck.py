"""Addresses of the random words of a threat group, a battery or an uncertain parameter: leading bits of SHA-256."""

from hashlib import sha256


def group_hash(threat_id: str) -> int:
    """24-bit address of a threat group (docs/model.md, 3)."""
    return _leading(f"threats.{threat_id}", 24)


def battery_hash(battery_id: str) -> int:
    """32-bit address of a battery."""
    return _leading(f"batteries.{battery_id}", 32)


def parameter_hash(path: str, shared: str | None = None) -> int:
    """32-bit address of an uncertain parameter.

    Parameters
    ----------
    path : the parameter's path, such as ``threats.mrbm.reliability``
    shared : its `with` name, if it has one; the path is then ignored
    """
    return _leading(path if shared is None else f"with.{shared}", 32)


def _leading(text: str, bits: int) -> int:
    # Lone surrogates cannot be written as UTF-8; files that hold them are refused elsewhere, with a better message.
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:4], "big") >> (32 - bits)
