"""The kinds of value a scenario file holds: numbers with bounds and units, names, tables that stay as they are,
and uncertain probabilities."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StrictBool, Tag, model_validator
from pydantic_core import CoreSchema, core_schema

DAYS_20 = 20 * 86_400.0  # seconds; the longest raid. In milliseconds it fits 31 bits, with room for sums of a few


@dataclass(frozen=True)
class Number:
    """Bounds and unit of a number, for checks, for messages, for the schema and for the app.

    Parameters
    ----------
    low, high : bounds, in `unit`
    unit : "s", "km", "m/s", "USD", "probability", "1/s", or empty for counts
    above, below : whether the low, or the high, bound itself is left out
    whole : whole numbers only; 120.0 counts as 120
    """

    low: float
    high: float
    unit: str = ""
    above: bool = False
    below: bool = False
    whole: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        bounds: dict[str, Any] = {"gt" if self.above else "ge": self.low, "lt" if self.below else "le": self.high}
        if self.whole:
            bounds = {key: int(bound) for key, bound in bounds.items()}
            return core_schema.no_info_before_validator_function(
                _integral, core_schema.int_schema(strict=True, **bounds)
            )
        return core_schema.float_schema(strict=True, allow_inf_nan=False, **bounds)

    @property
    def text(self) -> str:
        """What is allowed, in words."""
        if self.unit == "probability":
            return f"a probability from 0 to {'below ' if self.below else ''}1"
        what = "a whole number" if self.whole else "a number"
        low = f"above {_plain(self.low)} up to" if self.above else f"from {_plain(self.low)} to"
        unit = f" ({self.unit})" if self.unit else ""
        return f"{what} {low} {'below ' if self.below else ''}{_plain(self.high)}{unit}"

    def holds(self, value: object) -> bool:
        """Would this value be accepted?"""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if not (self.low <= value <= self.high) or (self.whole and isinstance(value, float) and value % 1 != 0):
            return False
        return not (self.above and value == self.low) and not (self.below and value == self.high)


def _integral(value: Any) -> Any:
    return int(value) if type(value) is float and math.isfinite(value) and value.is_integer() else value


def _plain(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() and abs(bound) < 1e15 else f"{bound:g}"


@dataclass(frozen=True)
class Words:
    """A text, maybe with a pattern; `text` says what is allowed."""

    text: str
    pattern: str | None = None
    shortest: int = 0
    longest: int = 2000

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.str_schema(
            strict=True, pattern=self.pattern, min_length=self.shortest, max_length=self.longest
        )


Key = TypeVar("Key")
Value = TypeVar("Value")


class FrozenDict(dict[Key, Value]):
    """A dict that cannot be changed, and can therefore be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    def _refuse(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError("a scenario cannot be changed; use Scenario.replace")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refuse  # type: ignore[assignment]


Frozen = AfterValidator(FrozenDict)

Slug = Annotated[
    str, Words("small letters, digits and hyphens, not starting with a hyphen", r"^[a-z0-9][a-z0-9-]*$", 1, 100)
]
Name = Annotated[str, Words("a text of 1 to 100 characters", None, 1, 100)]
Text = Annotated[str, Words("a text")]
Noun = Annotated[str, Words("a noun in small letters, such as night", r"^[a-z]+( [a-z]+)*$", 1, 30)]
Flag = StrictBool

Time = Annotated[float, Number(-DAYS_20, DAYS_20, "s")]
Duration = Annotated[float, Number(0, DAYS_20, "s")]
Distance = Annotated[float, Number(0, 100_000, "km")]
Position = Annotated[float, Number(-100_000, 100_000, "km")]
Speed = Annotated[float, Number(0.001, 100_000, "m/s")]
Rate = Annotated[float, Number(0, 1e6, "1/s", above=True)]
Money = Annotated[float, Number(0, 1e15, "USD")]
Weight = Annotated[float, Number(0, 1e12)]
Unit = Annotated[float, Number(0, 1, "probability")]
Correlation = Annotated[float, Number(0, 1, "probability", below=True)]
ThreatCount = Annotated[int, Number(0, 2**20 - 1, whole=True)]
Units = Annotated[int, Number(0, 1_000_000, whole=True)]
Stock = Annotated[int, Number(0, 1_000_000_000, whole=True)]
Channels = Annotated[int, Number(1, 1_000_000_000, whole=True)]
Hits = Annotated[int, Number(1, 2**20, whole=True)]
Looks = Annotated[int, Number(1, 4096, whole=True)]
Rounds = Annotated[int, Number(1, 100, whole=True)]
Priority = Annotated[int, Number(-1_000_000, 1_000_000, whole=True)]
One = Annotated[int, Number(1, 1, whole=True)]
Raids = Annotated[int, Number(1, 1000, whole=True)]
Interval = Annotated[float, Number(0, 1e9, "s", above=True)]
AnyNumber = Annotated[float, Number(-1e15, 1e15)]

Scope = Literal["study", "raid", "threat", "shot"]


class Table(BaseModel):
    """A table of the file: frozen, and no key beyond the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_alias=True, validate_by_name=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; with `update`, by the keys of the file, one that is checked like any other.

        Raises
        ------
        ValueError : the updated table is not valid
        """
        return super().model_copy(deep=deep) if update is None else self._updated(update)

    def _updated(self, update: Mapping[str, Any]) -> Self:
        known = {info.alias or name: name for name, info in type(self).model_fields.items()}
        given = {key: getattr(self, name) for key, name in known.items() if name in self.model_fields_set}
        return type(self).model_validate({**given, **update})

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **_values: Any) -> Self:
        """Closed: it would make a table that nobody has checked."""
        raise TypeError(f"{cls.__name__}.model_construct makes unchecked tables; use load, or {cls.__name__}(...)")

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: the fields and where they come from, and nothing that was worked out from them by this version."""
        state = super().__getstate__()
        known = type(self).model_fields
        kept = {name: one for name, one in state["__dict__"].items() if name in known or name.startswith("_")}
        return state | {"__dict__": kept}

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self


class Uncertain(Table):
    """An uncertain probability: `{ low, mode, high }` (PERT) or `{ mean, rho }` (Beta).

    See docs/model.md, "Uncertain probabilities", for the two laws.
    """

    if TYPE_CHECKING:  # pydantic makes it, because the table is frozen

        def __hash__(self) -> int: ...

    low: Unit | None = Field(default=None, description="Smallest value of a PERT law.")
    mode: Unit | None = Field(default=None, description="Likeliest value of a PERT law.")
    high: Unit | None = Field(default=None, description="Largest value of a PERT law.")
    mean: Unit | None = Field(default=None, description="Mean of a Beta law.")
    rho: Correlation | None = Field(default=None, description="Intraclass correlation of a Beta law; 0 is a constant.")
    scope: Scope = Field(
        default="study",
        description="How often it is drawn: once a study (what we do not know), once a raid (a good day or a bad one), "
        "once a threat, or once a shot (kill only). Default: study for low, mode, high; raid for mean, rho.",
    )
    with_: Name | None = Field(
        default=None, alias="with", description="Parameters with the same name share one quantile draw within a scope."
    )

    @model_validator(mode="after")
    def _default_scope(self) -> "Uncertain":
        if self.mean is not None and "scope" not in self.model_fields_set:
            # Written this way because the class is frozen, and so that it does not count as given.
            vars(self)["scope"] = "raid"
        return self

    @property
    def expected(self) -> float:
        """Mean of the law: (low + 4 mode + high) / 6, or `mean`."""
        if self.mean is not None:
            return self.mean
        if self.low is None or self.mode is None or self.high is None:
            raise ValueError("an uncertain probability needs low, mode and high, or mean and rho")
        return self.low if self.low == self.high else (self.low + 4 * self.mode + self.high) / 6

    @property
    def is_constant(self) -> bool:
        """Does the law have one value only?"""
        if self.mean is not None:
            return self.rho == 0 or self.mean in (0, 1)
        return self.low == self.high


def _form(value: Any) -> str:
    return "#law" if isinstance(value, (Mapping, Uncertain)) else "#number"


# The tags start with '#', which no key of ours does, so that they can be told from keys in the place of an error.
Probability = Annotated[
    Annotated[Unit, Tag("#number")] | Annotated[Uncertain, Tag("#law")],
    Discriminator(_form),
]


def expected(probability: float | Uncertain) -> float:
    """The number itself, or the mean of the law."""
    return probability.expected if isinstance(probability, Uncertain) else float(probability)
