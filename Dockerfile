# The image of `siaga`: everything from requirements.lock by hash, of that only what siaga needs to run.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY detector detector
COPY agents agents
# With `chat`, so that every type of receiver works.
RUN python -m venv /opt/siaga \
 && /opt/siaga/bin/pip install --no-cache-dir --no-index --find-links /wheels '.[chat]' \
 && /opt/siaga/bin/pip uninstall --yes pip setuptools

FROM python:3.11.14-slim-bookworm
COPY --from=build /opt/siaga /opt/siaga
# The port is named here so that the question below goes where the worker answers.
ENV PATH=/opt/siaga/bin:$PATH PYTHONUNBUFFERED=1 SIAGA_SERVICE_WEB_PORT=6066
# Made here, so that a volume on it belongs to the user; a number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 siaga \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/siaga --shell /usr/sbin/nologin siaga \
 && install -d -o 10001 -g 10001 /var/lib/siaga
USER 10001:10001
WORKDIR /var/lib/siaga
EXPOSE 6066
STOPSIGNAL SIGTERM
# Of `siaga worker`; other commands end by themselves.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['SIAGA_SERVICE_WEB_PORT'] + '/readyz', timeout=3)"]
ENTRYPOINT ["siaga"]
CMD ["worker"]
