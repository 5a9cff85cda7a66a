"""Units of measurement: `km/h`, `m^2`, `cm³`, `kg·m/s²`, `square metres`, `%`, `dollars`.

A unit is a factor and the powers of what it is made of. Units that are not in the tables are
things that are counted, such as apples: they equal themselves alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from prism_engine.data.spelling.number import magnitude
from prism_engine.data.spelling.wrapping import unwrap

LONGEST_QUANTITY = 128

_BASES = {
    "m": "m metre metres meter meters", "g": "g gram grams gramme grammes",
    "s": "s sec secs second seconds", "A": "A ampere amperes amp amps",
    "K": "K kelvin kelvins", "mol": "mol mole moles", "cd": "cd candela candelas",
    "degree": "° deg degree degrees", "radian": "rad radian radians",
    "celsius": "°C celsius", "fahrenheit": "°F fahrenheit",
    "dollar": "$ USD dollar dollars", "euro": "€ EUR euro euros",
    "year": "year years yr yrs", "pound sterling": "£ GBP", "yen": "¥ JPY yen", "bit": "bit bits",
}  # fmt: skip
_PREFIXES = {
    "k kilo": 3, "c centi": -2, "m milli": -3, "d deci": -1, "μ u micro": -6, "n nano": -9,
    "M mega": 6, "G giga": 9,
}  # fmt: skip
_PREFIXED = """
    m metre metres meter meters g gram grams s second seconds L l litre litres liter liters
    A V W N J Pa Hz mol Ω ohm ohms watt watts joule joules volt volts hertz newton newtons
    pascal pascals
"""
_DERIVED = {
    "min minute minutes": ("60", "s"), "h hr hrs hour hours": ("3600", "s"),
    "d day days": ("86400", "s"), "week weeks": ("604800", "s"),
    "month months": ("1/12", "year"), "t tonne tonnes": ("1000000", "g"),
    "L l litre litres liter liters": ("1/1000", "m3"), "ha hectare hectares": ("10000", "m2"),
    "in inch inches": ("0.0254", "m"), "ft foot feet": ("0.3048", "m"),
    "yd yard yards": ("0.9144", "m"), "mi mile miles": ("1609.344", "m"),
    "mph": ("0.44704", "m s-1"), "kmh kph": ("10/36", "m s-1"),
    "lb lbs pound pounds": ("453.59237", "g"), "oz ounce ounces": ("28.349523125", "g"),
    "N newton newtons": ("1000", "g m s-2"), "J joule joules": ("1000", "g m2 s-2"),
    "W watt watts": ("1000", "g m2 s-3"), "Pa pascal pascals": ("1000", "g m-1 s-2"),
    "Hz hertz": ("1", "s-1"), "V volt volts": ("1000", "g m2 s-3 A-1"),
    "Ω ohm ohms": ("1000", "g m2 s-3 A-2"), "% percent": ("1/100", ""),
    "cent cents ¢": ("1/100", "dollar"), "B byte bytes": ("8", "bit"),
}  # fmt: skip
"""Names, what one is worth, and the powers of the bases that it is worth that of."""

_POWERS = re.compile(r"([a-zA-Z]+)(-?\d)?")
_ATOM = re.compile(
    r"(?P<name>°[CF]?|[%$€£¥¢]|[^\W\d_]+)"
    r"(?:\s*\^\s*\{?\s*(?P<power>-?\d)\s*\}?|(?P<digit>\d))?"
)
_SPACING = re.compile(r"\\[,;:! ]|~|\\(?:quad|cdot|times)\b|[·⋅*×]")
_MACRO = re.compile(r"\\(?:text|mathrm|textrm|operatorname|rm)\s*\{([^{}]*)\}")
_CURRENCY = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<unit>\\?\$|€|£|¥|USD|EUR|GBP|JPY)\s*(?P<rest>.+)", re.DOTALL
)
_AREAS = re.compile(r"\b(?P<power>square|sq|cubic|cu)\.?\s+(?P<name>[^\W\d_]+)")


@dataclass(frozen=True)
class Unit:
    """`factor` times a product of powers of bases."""

    factor: Fraction
    powers: frozenset[tuple[str, int]]

    @property
    def is_number(self) -> bool:
        """Whether nothing but a factor is left: a percentage is a number."""
        return not self.powers


def unit(text: str) -> Unit | None:
    """Read a unit; None if the text is not one."""
    text = _tidy(text)
    if text.endswith("/") or "//" in text:
        return None
    text = _AREAS.sub(lambda f: f"{f['name']}^{2 if f['power'][0] == 's' else 3}", text)
    factor, powers, sign, place = Fraction(1), Counter[str](), 1, 0
    while place < len(text):
        if text[place] in "/ ":
            sign = -1 if text[place] == "/" else sign
            place += 1
            continue
        if text.startswith("1/", place) or text[place] in "()":
            place += 1
            continue
        atom = _ATOM.match(text, place)
        if atom is None:
            return None
        if atom["name"] == "per":
            sign = -1
        else:
            power = sign * int(atom["power"] or atom["digit"] or 1)
            known = _known(atom["name"])
            factor *= known.factor**power
            powers.update({base: exponent * power for base, exponent in known.powers})
        place = atom.end()
    return Unit(factor, frozenset((b, p) for b, p in powers.items() if p))


def quantity(text: str) -> tuple[Fraction, Unit | None] | None:
    """A number and its unit, None for one that has none; None if there is no number."""
    text = unwrap(text)
    if len(text) > LONGEST_QUANTITY:
        return None
    money = _CURRENCY.fullmatch(text)
    if money:
        amount = magnitude(money["sign"] + money["rest"])
        return amount if amount is None else (amount, unit(money["unit"].lstrip("\\")))
    for end in range(len(text), 0, -1):
        value = magnitude(text[:end]) if text[end - 1].isdigit() or text[end - 1] in "})." else None
        if value is not None:
            rest = _tidy(text[end:])
            found = unit(rest) if rest else None
            return None if rest and found is None else (value, found)
    return None


def _tidy(text: str) -> str:
    """LaTeX around a unit taken off, its signs written plainly."""
    text = _MACRO.sub(r" \1", text)
    text = re.sub(r"\^\s*\{?\s*\\circ\s*\}?\s*|\\degree\s*", "°", text)
    text = text.replace("\\%", "%").replace("\\$", "$").replace("per cent", "percent")
    text = text.replace("\\mu", "μ").replace("\\Omega", "Ω")
    return unicodedata.normalize("NFKC", _SPACING.sub(" ", text)).strip()


def _known(name: str) -> Unit:
    if name in _UNITS:
        return _UNITS[name]
    folded = name.casefold()
    if len(name) > 1 and folded in _UNITS_BY_FOLDED_NAME:
        return _UNITS_BY_FOLDED_NAME[folded]
    # A single letter keeps its case: M is not the metre.
    thing = folded.removesuffix("s") if len(folded) > 3 else name
    return Unit(Fraction(1), frozenset({(thing, 1)}))


def _fill(units: dict[str, Unit]) -> None:
    """Name all units; those that are made of others after these."""
    for base, names in _BASES.items():
        units.update(dict.fromkeys(names.split(), Unit(Fraction(1), frozenset({(base, 1)}))))
    for names, (factor, of) in _DERIVED.items():
        powers = frozenset((b, int(power or 1)) for b, power in _POWERS.findall(of))
        made = Unit(Fraction(factor), powers)
        units.update(dict.fromkeys(names.split(), made))
    for prefixes, exponent in _PREFIXES.items():
        for prefix in prefixes.split():
            for name in _PREFIXED.split():
                if (len(prefix) > 1) == (len(name) > 2):
                    of = units[name]
                    made = Unit(of.factor * Fraction(10) ** exponent, of.powers)
                    units.setdefault(prefix + name, made)


_UNITS: dict[str, Unit] = {}
_fill(_UNITS)
_FOLDED = Counter(name.casefold() for name in _UNITS)
_UNITS_BY_FOLDED_NAME = {
    name.casefold(): found for name, found in _UNITS.items() if _FOLDED[name.casefold()] == 1
}
