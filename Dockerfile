# Interlude as one small image. The first stage builds the pages and the wheel; the second has
# Python, the packages of the lock file, the wheel, and a user without rights. All that is kept
# lies in /data. How to run it: README.md.

FROM python:3.11-slim AS build
WORKDIR /source
COPY dev.py requirements-build.lock ./
COPY web web
RUN python dev.py web
COPY . .
RUN .venv/bin/hatchling build --target wheel --directory /wheels

FROM python:3.11-slim
COPY requirements.lock /tmp/
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.lock
COPY --from=build /wheels /tmp/wheels
RUN pip install --no-cache-dir --no-deps /tmp/wheels/*.whl \
    && rm -r /tmp/wheels /tmp/requirements.lock \
    && useradd --system --uid 10001 --home-dir /data --create-home interlude

USER interlude
WORKDIR /data
VOLUME /data
ENV INTERLUDE_HOST=0.0.0.0 INTERLUDE_PORT=8080 INTERLUDE_DATA=/data INTERLUDE_LOG_FORMAT=json
# The pages over TCP, all media over UDP on the same number.
EXPOSE 8080/tcp 8080/udp
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['INTERLUDE_PORT']}/healthz\", timeout=3)"]
ENTRYPOINT ["interlude"]
CMD ["serve"]
