# The image of `siaga`: everything from requirements.lock by hash, of that only what siaga needs to run.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY detector detector
COPY agents agents
RUN python -m venv /opt/siaga && /opt/siaga/bin/pip install --no-cache-dir --no-index --find-links /wheels .

FROM python:3.11-slim
COPY --from=build /opt/siaga /opt/siaga
ENV PATH=/opt/siaga/bin:$PATH PYTHONUNBUFFERED=1
# Made here, so that a volume on it belongs to the user.
RUN useradd --system siaga && install -d -o siaga -g siaga /var/lib/siaga
USER siaga
WORKDIR /var/lib/siaga
ENTRYPOINT ["siaga"]
CMD ["worker"]
