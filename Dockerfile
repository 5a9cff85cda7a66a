# Two images: `--target server`, without torch, and `--target worker`, with it. Each is a virtual
# environment in a slim Python; no source tree, no compiler and no package manager's cache is in it.
FROM node:24.19.0-bookworm-slim@sha256:3638d9a6fe4030bd716be989438248074489337ba3275657f93595428be4fc03 AS dashboard
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web ./
RUN npm run build

FROM python:3.11.15-slim-bookworm@sha256:d29f48a31a8b408ed19272ca1e7b10ebae13b240a27e862d3d4217c528e2e0c3 AS python
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

FROM python AS source
RUN python -m venv /opt/prism
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY prism_engine prism_engine
COPY prism_client prism_client
COPY server server
COPY worker worker
COPY migrations migrations

FROM source AS server-packages
COPY --from=dashboard /build/web/dist web/dist
RUN /opt/prism/bin/pip install --constraint constraints.txt ".[server]"

FROM source AS worker-packages
# The CPU build of torch; the CUDA build comes from https://pypi.org/simple.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN /opt/prism/bin/pip install torch==2.13.0 --index-url "$TORCH_INDEX"
# The wheel carries the dashboard, which a worker does not serve.
RUN mkdir -p web/dist && /opt/prism/bin/pip install --constraint constraints.txt ".[worker]"

FROM python AS runtime
# A named volume takes over the owner of the folder that it is first mounted at.
RUN useradd --create-home --uid 1000 prism \
    && install -d -m 0700 -o prism -g prism /home/prism/.prism
ENV PATH=/opt/prism/bin:$PATH PRISM_HOME=/home/prism/.prism OMP_NUM_THREADS=1
WORKDIR /home/prism
USER prism

FROM runtime AS worker
COPY --from=worker-packages /opt/prism /opt/prism
CMD ["python", "-m", "worker"]

FROM worker AS gpu-worker
# Triton compiles what launches its kernels.
USER root
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
USER prism

FROM runtime AS server
COPY --from=server-packages /opt/prism /opt/prism
EXPOSE 8420
CMD ["python", "-m", "server"]
