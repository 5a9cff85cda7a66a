# The dashboard is built once and served by the server's own process.
FROM node:24-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM python:3.11-slim
ARG EXTRAS=
# The server needs no GPU build of torch; the GPU worker's image asks for it with EXTRAS=gpu.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN useradd --create-home --uid 1000 prism
WORKDIR /opt/prism
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN if [ "$EXTRAS" = gpu ]; then pip install --no-cache-dir torch==2.13.0; \
    else pip install --no-cache-dir torch==2.13.0 --index-url "$TORCH_INDEX"; fi
COPY --from=web /build/web/dist web/dist
COPY prism_engine prism_engine
COPY prism_client prism_client
COPY server server
COPY worker worker
COPY migrations migrations
RUN pip install --no-cache-dir --constraint constraints.txt ".${EXTRAS:+[$EXTRAS]}" \
    && install -d -o prism -g prism /home/prism/.prism
USER prism
ENV OMP_NUM_THREADS=1 PRISM_HOME=/home/prism/.prism
CMD ["python", "-m", "server"]
