"""Procrastinate: queues of trials in the store's own PostgreSQL. Nothing else of canary knows it.

A job names a trial and says nothing of its result: which trials are done is the store's to say, and a job that is done is deleted.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job

from canary.domain.errors import StoreError
from canary.domain.trial import TrialKey
from canary.worker.tickets import Carry, GivenBack, Left, Ticket

TASK = "canary.trial"
BEAT_S = 5.0
"""Seconds between two heartbeats of a process."""
SILENT_S = 30.0
"""Seconds without one after which a process counts as dead, and its trials are anybody's."""
GRACE_S = 20.0
"""Seconds that trials in flight get at the end. Less than `SILENT_S` and a beat: nothing beats while they end."""
POLL_S = 1.0
"""Seconds between two looks of an idle process."""
CONNECTIONS = 4
BATCH = 500
"""Jobs queued at a time."""
RETURN = timedelta(seconds=1)
"""Time until a trial that a process gives back is anybody's."""


class Engine:
    """The task engine of one database, open for a while."""

    def __init__(self, connection: Mapping[str, Any], *, where: str, poll_s: float = POLL_S) -> None:
        """Rest on a database.

        Args:
            connection: keyword arguments of psycopg's `connect`.
            where: the database as messages name it.
            poll_s: seconds between two looks of an idle process.
        """
        self._where = where
        self._poll_s = poll_s
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                kwargs=dict(connection), min_size=1, max_size=CONNECTIONS, timeout=10.0
            )
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections for a while.

        Raises:
            StoreError: the database can't be reached.
        """
        with told(self._where):
            await self._app.open_async()
        try:
            yield
        finally:
            with suppress(ProcrastinateException, psycopg.Error):
                await self._app.close_async()

    async def queue(self, queues: Mapping[str, str], tickets: Sequence[Ticket]) -> None:
        """Queue trials, in order; `queues` says which queue a target's are in."""
        with told(self._where):
            for start in range(0, len(tickets), BATCH):
                await self._app.job_manager.batch_defer_jobs_async(
                    [_job(queues, ticket) for ticket in tickets[start : start + BATCH]]
                )

    async def left(self, run: str, queues: Sequence[str]) -> Left:
        """What is left of a run."""
        rows = await self._rows(_LEFT, run, queues)
        waiting = await self._rows(_WAITING, run, queues)
        return Left(
            waiting=waiting[0]["waiting"],
            held=tuple(_key(row["args"]) for row in rows if row["status"] == "doing"),
            broken={row["id"]: _key(row["args"]) for row in rows if row["status"] != "doing"},
        )

    async def withdraw(self, run: str, queues: Sequence[str]) -> None:
        """Take back what nobody has taken of a run, and what nobody could carry out."""
        await self._rows(_WITHDRAW, run, queues)

    async def take_over(self, run: str, job: int) -> bool:
        """Take a trial that could not be carried out from its queue; False where another did."""
        with told(self._where):
            return bool(await self._app.connector.execute_query_all_async(_TAKE_OVER, run=run, job=job))

    async def recover(self, queues: Sequence[str]) -> int:
        """Give back what processes hold that have been silent for too long; says how many trials."""
        with told(self._where):
            found = [
                job
                for queue in queues
                for job in await self._app.job_manager.get_stalled_jobs(
                    queue=queue, task_name=TASK, seconds_since_heartbeat=SILENT_S
                )
            ]
        for job in found:
            # Another process may have been quicker; then it is not held any more, and that is no trouble.
            with suppress(ProcrastinateException):
                await self._app.job_manager.retry_job(job)
        return len(found)

    async def serve(self, limits: Mapping[str, int], carry: Carry) -> None:
        """Carry out what is queued until cancelled; then what is in flight gets `GRACE_S`, and is given back.

        Args:
            limits: queue -> trials in flight.
            carry: carries one out; what it raises leaves the trial broken, `GivenBack` gives it back.

        Raises:
            StoreError: the database could not be reached any more.
        """

        async def trial(context: procrastinate.JobContext, /, **ticket: Any) -> None:
            await carry(Ticket(**ticket), context.job.attempts)

        asyncio.get_running_loop().set_exception_handler(_tell_unless_lost)
        self._app.tasks.pop(TASK, None)
        self._app.task(name=TASK, pass_context=True, retry=_Returns())(trial)
        workers = [asyncio.create_task(self._serve_queue(queue, limit)) for queue, limit in limits.items()]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        # None ends by itself but for its database; one whose heartbeat fails ends without a word.
        raise StoreError("the database could not be reached for a while", where=self._where)

    async def _serve_queue(self, queue: str, limit: int) -> None:
        await self._app.run_worker_async(
            queues=[queue],
            concurrency=limit,
            listen_notify=False,  # a connection more for each queue, to save a second
            fetch_job_polling_interval=self._poll_s,
            shutdown_graceful_timeout=GRACE_S,
            update_heartbeat_interval=BEAT_S,
            stalled_worker_timeout=SILENT_S,
            delete_jobs="successful",
            install_signal_handlers=False,
        )

    async def _rows(self, query: Any, run: str, queues: Sequence[str]) -> list[dict[str, Any]]:
        with told(self._where):
            rows: list[dict[str, Any]] = await self._app.connector.execute_query_all_async(
                query, run=run, queues=list(queues)
            )
            return rows


def _tell_unless_lost(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of a job whose end could not be noted: it was taken for dead, or its database was gone, and others have it."""
    if not isinstance(context.get("exception"), ProcrastinateException):
        loop.default_exception_handler(context)


class _Returns(procrastinate.BaseRetryStrategy):
    """What was given back, or was in flight when its process ended, is anybody's; all else is for whoever queued it."""

    def get_retry_decision(
        self,
        *,
        exception: BaseException,
        job: Job,  # noqa: ARG002 -- the engine names its arguments
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return procrastinate.RetryDecision(retry_at=datetime.now(UTC))
        if isinstance(exception, GivenBack):
            return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + RETURN)
        return None


def _job(queues: Mapping[str, str], ticket: Ticket) -> Job:
    return Job(
        queue=queues[ticket.target],
        lock=None,
        queueing_lock=None,
        task_name=TASK,
        task_kwargs=asdict(ticket),
    )


def _key(args: Mapping[str, Any]) -> TrialKey:
    return Ticket(**args).key


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise what the engine or its driver can't do as a `StoreError`; their own words may repeat an address."""
    try:
        yield
    except (ProcrastinateException, psycopg.Error) as error:
        cause = error.__cause__ or error
        raise StoreError(
            f"the task engine could not use the database ({type(cause).__name__})", where=where
        ) from None


_OF_RUN = """
    FROM procrastinate_jobs
    WHERE task_name = 'canary.trial' AND queue_name = ANY(%(queues)s::varchar[]) AND args->>'run' = %(run)s
"""
_LEFT = "SELECT id, status, args" + _OF_RUN + "AND status NOT IN ('todo', 'succeeded')"
_WAITING = "SELECT count(*) AS waiting" + _OF_RUN + "AND status = 'todo'"
_WITHDRAW = "DELETE" + _OF_RUN + "AND status <> 'doing' RETURNING id"
_TAKE_OVER = """
    DELETE FROM procrastinate_jobs
    WHERE id = %(job)s AND args->>'run' = %(run)s AND status IN ('failed', 'aborted', 'cancelled')
    RETURNING id
"""
