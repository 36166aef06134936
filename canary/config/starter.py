"""The `canary.toml` that `canary init` writes: everything said, nothing secret, every target still to be chosen."""

STARTER = """\
# What canary watches, when, and at what cost. Every key: docs/configuration.md.
# Keys of providers never stand here. They come from environment variables, which this file only names.

[store]
url = "sqlite:///canary.db"          # beside this file. PostgreSQL: set CANARY_STORE_URL
responses = true                     # false: keep verdicts and figures, not the texts of answers
retention = "400d"                   # how long texts are kept; figures stay

[schedule]
cron = "0 6 * * *"                   # minute hour day month weekday; weekdays by name: mon-fri
timezone = "UTC"
jitter = "10m"

[suite]
prompts = "prompts"                  # your copy of the prompt set; remove the line to use the shipped one
replicates = 3                       # trials per prompt and target in each run
seed = 20260301

[budget]                             # of one run; `canary run --dry-run` says what one would cost
usd_per_run = 25.0
# tokens_per_run = 20_000_000        # required when the price of a target's model is not known

[detect]
false_alarms_per_year = 1.0          # opened incidents without a change, whole deployment
confirm = true                       # ask extra replicates after a suspicion

[detect.min_effect]                  # smallest effects worth waking for: proportions in points, all else as a ratio
pass_rate = 0.02
output_tokens = 0.05

[reports]
dir = "reports"
# base_url = "https://canary.example.org/reports"    # where the pages are hosted; mails link there

# [mail]
# smtp = "smtp://canary@mail.example.org:587"        # the password: CANARY_SMTP_PASSWORD
# from = "canary@example.org"
# to = ["team@example.org"]
# digest = "mon 08:00"

# [notify]
# urls = []                          # Apprise addresses; those with a token: CANARY_NOTIFY_URLS
# heartbeat_url = ""                 # called after each complete run: an outside dead-man's switch

# [annotations]
# file = "annotations.yaml"          # dated notes: releases, CLI versions, price changes

# [prices."my-model"]                # USD per million tokens, for models whose price is not known
# input = 1.0
# output = 4.0

# The systems under watch: remove the # of those you use, and add your own.
#
# The same model over two arms makes a twin group: when only one of them moves, canary knows which layer it was.

# [[targets]]
# name = "opus-4.7-api"
# provider = "anthropic"             # key: ANTHROPIC_API_KEY
# model = "claude-opus-4-7"
# arm = "api"
# twins = "opus-4.7"
# effort = "xhigh"

# [[targets]]
# name = "opus-4.7-defaults"
# provider = "anthropic"
# model = "claude-opus-4-7"
# arm = "api-defaults"               # whatever the API does when nothing is said
# twins = "opus-4.7"

# [[targets]]
# name = "gpt-5.5"
# provider = "openai"                # the Responses API; key: OPENAI_API_KEY
# model = "gpt-5.5"
# effort = "high"

# [[targets]]
# name = "kimi-k2.6"
# provider = "openai-chat"           # Chat Completions at any address
# base_url = "https://api.example.org/v1"
# api_key_env = "MOONSHOT_API_KEY"
# model = "kimi-k2.6"

# No key at hand? `canary simulate` in another terminal answers on this machine. Its price is not known, so
# set tokens_per_run above.
# [[targets]]
# name = "simulated"
# provider = "anthropic"
# base_url = "http://127.0.0.1:8765"
# api_key_env = ""                   # the endpoint takes none
# model = "simulated"
"""


def starter_config() -> str:
    """The text of a new `canary.toml`: loads as it is, with no target."""
    return STARTER
