"""From the units of a file to the integers of the model: ms, mm and mm/s, to the nearest, half to even (docs/model.md, 2)."""


def to_ms(seconds: float) -> int:
    """Seconds to the nearest millisecond."""
    return round(seconds * 1000)


def to_mm(kilometres: float) -> int:
    """Kilometres to the nearest millimetre."""
    return round(kilometres * 1_000_000)


def to_mm_s(metres_per_second: float) -> int:
    """Metres per second to the nearest millimetre per second."""
    return round(metres_per_second * 1000)
