# Two stages: one that installs, one that runs. BASE must have Python 3.11 or later, with venv.
ARG BASE=python:3.13-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
# Wheels alone, and only those whose hashes are written down: nothing is compiled, and nothing else gets in.
RUN python3 -m venv /opt/canary /opt/build \
 && /opt/canary/bin/pip install --compile --require-hashes --only-binary :all: -r requirements.lock \
 && /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.lock
# The commit that `canary --version` shows: --build-arg COMMIT="$(git rev-parse --short=12 HEAD)".
ARG COMMIT=""
ENV CANARY_COMMIT=$COMMIT
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY prompts prompts
COPY canary canary
RUN /opt/build/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /dist . \
 && /opt/canary/bin/pip install --compile --no-deps --no-index /dist/*.whl \
 && /opt/canary/bin/pip uninstall --yes pip \
 && install -d -m 0770 /data

# hadolint ignore=DL3006
FROM ${BASE}
LABEL org.opencontainers.image.title="canary" \
      org.opencontainers.image.description="A smoke detector for the models you depend on" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/canary /opt/canary
# A number, so that a cluster can see that it is not root; of group 0 as well, for platforms that choose the user.
COPY --from=build --chown=10001:0 /data /data
ENV PATH=/opt/canary/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TZ=UTC \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp \
    CANARY_CONFIG=/data/canary.toml
USER 10001:0
WORKDIR /data
VOLUME ["/data"]
STOPSIGNAL SIGTERM
# Needs no key and no database: a database that is gone is no reason to kill the daemon.
HEALTHCHECK --interval=60s --timeout=20s --start-period=120s --retries=3 CMD ["canary", "status", "--alive"]
ENTRYPOINT ["canary"]
CMD ["--log-format", "json", "schedule"]
