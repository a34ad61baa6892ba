# One image per service: docker build --build-arg SERVICE=registrations --tag arceaux/registrations .
# What it can be is said by its command: api (the default), worker, relay, migrate. See docs/operations.md.
ARG PYTHON=3.13

# The locks are all there is to install: --no-deps, so that nothing is resolved again.

# ── what all services stand on; built once for the three images
FROM python:${PYTHON}-slim AS common
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
RUN python -m venv --without-pip /opt/arceaux
COPY requirements/base.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip --python /opt/arceaux install --require-hashes --no-deps --requirement /tmp/base.txt

# ── what this service needs besides, and its code
FROM common AS packages
ARG SERVICE
COPY requirements/${SERVICE}.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip --python /opt/arceaux install --require-hashes --no-deps --requirement /tmp/${SERVICE}.txt
WORKDIR /app
COPY shared shared
COPY services/__init__.py services/
COPY services/${SERVICE} services/${SERVICE}
RUN python -m compileall -q shared services

# ── the mail sink of trials and development
FROM python:${PYTHON}-slim AS inbox
COPY requirements/inbox.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --disable-pip-version-check --require-hashes --no-deps --requirement /tmp/inbox.txt \
    && python -m pip uninstall --yes --quiet --root-user-action ignore pip
RUN mkdir --mode 700 /data && chown 10001:10001 /data
COPY local/__init__.py /app/local/
COPY local/inbox /app/local/inbox
WORKDIR /app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
LABEL org.opencontainers.image.title="Arceaux mail sink" \
      org.opencontainers.image.licenses="EUPL-1.2"
USER 10001:10001
EXPOSE 8025 2525
CMD ["python", "-m", "local.inbox", "--file", "/data/messages", "--smtp-host", "0.0.0.0", "--smtp-port", "2525", "--host", "0.0.0.0", "--port", "8025"]

# ── the image: no compiler, no package manager of Python's, nobody's root
FROM python:${PYTHON}-slim AS service
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
    && groupadd --gid 10001 arceaux \
    && useradd --uid 10001 --gid arceaux --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin arceaux
ARG SERVICE
ARG VERSION=0.1.0
COPY --from=packages /opt/arceaux /opt/arceaux
COPY --from=packages /app /app
COPY --chmod=755 containers/entrypoint containers/healthy /usr/local/bin/
WORKDIR /app
ENV PATH=/opt/arceaux/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVICE=${SERVICE} \
    ARCEAUX_READY_FILE=/tmp/ready
LABEL org.opencontainers.image.title="Arceaux ${SERVICE}" \
      org.opencontainers.image.description="The ${SERVICE} service of Arceaux, the day-to-day of a social third place" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="EUPL-1.2"
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 CMD ["healthy"]
ENTRYPOINT ["entrypoint"]
CMD ["api"]
