"""Dated prices -> cost, or unknown. A price that no table names is unknown, never 0.

The table is `genai-prices`, asked offline for the day of the trial; `[prices]` in the configuration overrides it. Unit
prices are stored on each trial, so that a price change can later be told from a usage change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from canary.domain.target import PriceOverride, TargetSpec
from canary.domain.trial import Step, UnitPrices, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

_PROVIDERS = {"anthropic": "anthropic", "openai": "openai", "claude-code": "anthropic", "codex": "openai"}
"""Whose price list holds where no base URL is given."""

_PRICED_APART = frozenset({"fast", "ultrafast", "flex", "priority", "batch"})
"""Speeds and tiers that cost other than the normal price."""

_CACHE_PRICES = ("cache_read_mtok", "cache_write_mtok")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a trial's answers cost.

    Attributes:
        usd: dollars, all replies together.
        prices: the unit prices of the largest request.
    """

    usd: float
    prices: UnitPrices


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """Prices by target and day.

    Attributes:
        overrides: requested model -> prices set by hand.
    """

    overrides: Mapping[str, PriceOverride]

    @cached_property
    def _known(self) -> dict[tuple[object, ...], "ModelPrice | None"]:
        return {}

    def cost(self, spec: TargetSpec, steps: tuple[Step, ...], day: date) -> Cost | None:
        """What these replies cost on that day; None where a price or a usage is unknown, or nothing was answered."""
        total = Decimal(0)
        largest: tuple[int, ModelPrice] | None = None
        for step in steps:
            found = self._model_price(spec, step.served_model, step.service_tier, day)
            amount = None if found is None or step.usage is None else _amount(found, step.usage)
            if found is None or amount is None:
                return None
            total += amount
            size = _input_total(step.usage)
            if largest is None or size > largest[0]:
                largest = (size, found)
        if largest is None:
            return None
        return Cost(usd=float(total), prices=self._unit_prices(spec, largest[1], largest[0], day))

    def unit_prices(self, spec: TargetSpec, day: date) -> UnitPrices | None:
        """What a small request costs on that day; None where the price of input or of output is unknown."""
        found = self._model_price(spec, None, None, day)
        if found is None or found.input_mtok is None or found.output_mtok is None:
            return None
        return self._unit_prices(spec, found, 0, day)

    def _unit_prices(self, spec: TargetSpec, found: "ModelPrice", size: int, day: date) -> UnitPrices:
        from genai_prices import __version__

        prices: dict[str, Any] = vars(found)
        return UnitPrices(
            input=_per_million(prices.get("input_mtok"), size),
            output=_per_million(prices.get("output_mtok"), size),
            cache_read=_per_million(prices.get("cache_read_mtok"), size),
            cache_write=_per_million(prices.get("cache_write_mtok"), size),
            date=day,
            source="canary.toml" if spec.model in self.overrides else f"genai-prices {__version__}",
        )

    def _model_price(
        self, spec: TargetSpec, served: str | None, tier: str | None, day: date
    ) -> "ModelPrice | None":
        key = (spec.provider, spec.base_url, spec.model, spec.options.speed, served, tier, day)
        if key not in self._known:
            self._known[key] = self._look_up(spec, served, tier, day)
        return self._known[key]

    def _look_up(
        self, spec: TargetSpec, served: str | None, tier: str | None, day: date
    ) -> "ModelPrice | None":
        if spec.model in self.overrides:
            return _from_override(self.overrides[spec.model])
        found = _listed(spec, served, tier, day) if served else None
        if found is None and (served is None or served.startswith(spec.model)):
            # A dated name of the requested model costs what the model costs; a stranger's name says nothing.
            found = _listed(spec, spec.model, tier, day)
        return found


def _listed(spec: TargetSpec, model: str, tier: str | None, day: date) -> "ModelPrice | None":
    """The list's price of a model in the mode it was served.

    A mode that is priced apart elsewhere (fast, priority, flex) and not named for this model is unknown: the normal
    price would be a guess.
    """
    plain, _, speed = (tier or "").partition("+")
    modes = {"service_tier": plain, "speed": speed or spec.options.speed}
    context = {name: mode for name, mode in modes.items() if mode}
    found = _asked(spec, model, context, day)
    if set(context.values()) & _PRICED_APART and found == _asked(spec, model, {}, day):
        return None
    return found


def _asked(spec: TargetSpec, model: str, context: Mapping[str, str], day: date) -> "ModelPrice | None":
    from genai_prices import Usage as Counted
    from genai_prices import calc_price

    if spec.base_url is not None:
        where: dict[str, Any] = {"provider_api_url": spec.base_url}
    elif spec.provider in _PROVIDERS:
        where = {"provider_id": _PROVIDERS[spec.provider]}
    else:
        return None
    try:
        return calc_price(
            Counted(input_tokens=1, output_tokens=1),
            model,
            genai_request_timestamp=datetime.combine(day, time(12), UTC),
            price_context=context or None,
            **where,
        ).model_price
    except LookupError:
        return None


def _from_override(override: PriceOverride) -> "ModelPrice":
    from genai_prices.types import ModelPrice

    prices = {
        "input_mtok": override.input,
        "output_mtok": override.output,
        "cache_read_mtok": override.cache_read,
        "cache_write_mtok": override.cache_write,
    }
    return ModelPrice(**{name: Decimal(str(price)) for name, price in prices.items() if price is not None})


def _amount(prices: "ModelPrice", usage: Usage) -> Decimal | None:
    """Dollars of one reply; None where a count or the price of a counted side is missing."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    listed: dict[str, Any] = vars(prices)
    full, output = listed.get("input_mtok"), listed.get("output_mtok")
    if full is None or output is None:
        return None
    read, write = (full if (price := listed.get(name)) is None else price for name in _CACHE_PRICES)
    if all(isinstance(price, Decimal) for price in (full, output, read, write)):
        total = full * usage.input_tokens + output * usage.output_tokens
        total += read * (usage.cache_read_tokens or 0) + write * (usage.cache_write_tokens or 0)
        return Decimal(total) / 1_000_000
    return listed_amount(prices, usage)


def listed_amount(prices: "ModelPrice", usage: Usage) -> Decimal:
    """Dollars of one reply by the library's own reckoning, price tiers included; ten times slower than a plain sum."""
    from genai_prices import Usage as Counted

    # The library's input is the total, caches included; ours is the uncached part.
    counted = Counted(
        input_tokens=_input_total(usage),
        cache_read_tokens=usage.cache_read_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        output_tokens=usage.output_tokens or 0,
    )
    return Decimal(prices.calc_price(counted)["total_price"])


def _input_total(usage: Usage | None) -> int:
    if usage is None:
        return 0
    return (usage.input_tokens or 0) + (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)


def _per_million(price: Any, size: int) -> float | None:
    """USD per million tokens at a request's total input, where the list has tiers by size."""
    if price is None:
        return None
    if isinstance(price, Decimal):
        return float(price)
    reached = [tier.price for tier in price.tiers if size > tier.start]
    return float(reached[-1] if reached else price.base)
