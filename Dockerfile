# syntax=docker/dockerfile:1
# The image of a server or a worker; it needs AFORO_REDIS_URL, AFORO_DATABASE_URL and AFORO_SECRET, and first of all
# `aforo db apply`.

FROM python:3.13-slim AS build
WORKDIR /build
# What the lock file pins changes least, so it is the first layer.
COPY requirements.lock ./
RUN python -m venv /opt/aforo \
 && /opt/aforo/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
# The pages bring their own Node, into an environment that stays behind.
COPY deploy/ deploy/
COPY web/ web/
RUN python -m venv /opt/pages && /opt/pages/bin/python deploy/build_pages.py
COPY . .
RUN /opt/aforo/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin aforo \
 && install --directory --owner aforo --group aforo /data
COPY --from=build /opt/aforo /opt/aforo
ENV PATH=/opt/aforo/bin:$PATH PYTHONUNBUFFERED=1 AFORO_HOST=0.0.0.0 AFORO_PORT=8080 AFORO_LOG_FORMAT=json
USER aforo
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['AFORO_PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT ["aforo"]
CMD ["serve"]
