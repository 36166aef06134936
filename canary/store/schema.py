"""The tables, one definition for SQLite and PostgreSQL."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from canary.store.column_types import Moment, Real, Structured, Words

metadata = MetaData(
    # Named, so that a later migration can change them on PostgreSQL.
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

schema_version = Table(
    "schema_version",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("applied_at", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Words, primary_key=True),
    Column("day", Date, nullable=False),
    Column("trigger", Words, nullable=False),
    Column("slot", Moment),
    Column("label", Words),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("status", Words, nullable=False),
    Column("suite", Words),
    Column("seed", BigInteger, nullable=False),
    Column("replicates", Integer, nullable=False),
    Column("prompts", Structured("prompts"), nullable=False),
    Column("targets", Structured("targets", ordered=True), nullable=False),
    Column("spent_usd", Real, nullable=False),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("imported", Boolean, nullable=False),
)

# A slot is taken by inserting its run: of two processes that try, this index lets one through.
Index(
    "uq_runs_scheduled_slot",
    runs.c.slot,
    unique=True,
    sqlite_where=runs.c.trigger == "schedule",
    postgresql_where=runs.c.trigger == "schedule",
)

prompts = Table(
    "prompts",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("definition", Structured("definition", ordered=True), nullable=False),
)

NUMBERS: tuple[str, ...] = (
    "attempts",
    "tool_calls",
    "invalid_tool_calls",
    "repeated_tool_calls",
    "reads",
    "edits",
    "blind_edits",
    "final_words",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
MEASURES: tuple[str, ...] = (
    "score",
    "words_between_tools",
    "latency_s",
    "ttft_s",
    "output_tokens_per_s",
    "cost_usd",
)
FLAGS: tuple[str, ...] = ("passed", "refused", "truncated", "wrong_script")
NAMES: tuple[str, ...] = (
    "arm",
    "twins",
    "provider",
    "host",
    "suite",
    "requested_model",
    "served_model",
    "service_tier",
    "stop_reason",
    "request_id",
)
STRUCTURES: tuple[str, ...] = (
    "checks",
    "turns_passed",
    "phrases",
    "fingerprint",
    "error",
    "unit_prices",
    "attempt_log",
)
TEXTS: tuple[str, ...] = ("response", "transcript")

# What columnar reads want stands first and what they never read last: a row is read from its start.
trials = Table(
    "trials",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("run", Words, ForeignKey("runs.id"), nullable=False),
    Column("target", Words, nullable=False),
    Column("prompt", Words, nullable=False),
    Column("replicate", BigInteger, nullable=False),
    Column("run_day", Date, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("trigger", Words, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("family", Words),
    Column("prompt_digest", Words),
    *(Column(name, Boolean) for name in FLAGS),
    *(Column(name, BigInteger) for name in NUMBERS),
    *(Column(name, Real) for name in MEASURES),
    *(Column(name, Words) for name in NAMES),
    Column("price_date", Date),
    *(Column(name, Structured(name)) for name in STRUCTURES),
    UniqueConstraint("run", "target", "prompt", "replicate"),
    Index("ix_trials_series", "target", "run_day", "started_at"),
)

# Apart from the figures: a columnar read never touches it, and retention empties it and leaves the figures.
texts = Table(
    "texts",
    metadata,
    Column(
        "trial",
        BigInteger().with_variant(Integer(), "sqlite"),
        ForeignKey("trials.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("response", Words),
    Column("transcript", Structured("transcript", ordered=True)),
)

incidents = Table(
    "incidents",
    metadata,
    Column("key", Words, primary_key=True),
    Column("id", Words, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("state", Words, nullable=False),
    Column("body", Words, nullable=False),
    UniqueConstraint("id"),
)

# An act belongs to an incident's key, not to its id: a rebuild renumbers incidents and must not move acts between them.
acts = Table(
    "acts",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("kind", Words, nullable=False),
    Column("key", Words),
    Column("target", Words),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
)

# Who does what is to be done once at a moment: `domain.duties`.
duties = Table(
    "duties",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("slot", Moment, primary_key=True),
    Column("state", Words, nullable=False),
    Column("holder", Words, nullable=False),
    Column("until", Moment, nullable=False),
    Column("claims", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Words, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recipients", Structured("recipients", ordered=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("problem", Words, nullable=False),
    Column("delivered_at", Moment),
    Index("ix_outbox_due", "delivered_at", "next_at"),
)
