"""What a run has spent: its stored trials, and what stands on its account beside them."""

from sqlalchemy import Connection, func, select, update

from canary.domain.errors import StoreError
from canary.store.schema import runs, trials

_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")


def spend(connection: Connection, run: str, usd: float, tokens: int, where: str) -> None:
    """Add to a run's account; several processes may do so at once.

    Raises:
        StoreError: there is no such run.
    """
    statement = (
        update(runs)
        .where(runs.c.id == run)
        .values(spent_usd=runs.c.spent_usd + usd, spent_tokens=runs.c.spent_tokens + tokens)
    )
    if not connection.execute(statement).rowcount:
        raise StoreError(f"there is no run {run!r} to charge", where=where)


def spent(connection: Connection, run: str) -> tuple[float, int]:
    """Dollars and tokens of a run, (0.0, 0) where there is none; what was not measured or has no price counts 0."""
    tokens = sum(
        (func.coalesce(trials.c[name], 0) for name in _TOKENS[1:]), func.coalesce(trials.c[_TOKENS[0]], 0)
    )
    of_trials = select(
        func.coalesce(func.sum(trials.c.cost_usd), 0.0), func.coalesce(func.sum(tokens), 0)
    ).where(trials.c.run == run)
    usd, used = connection.execute(of_trials).one()
    account = connection.execute(
        select(runs.c.spent_usd, runs.c.spent_tokens).where(runs.c.id == run)
    ).one_or_none()
    return float(usd) + (account[0] if account else 0.0), int(used) + (account[1] if account else 0)
