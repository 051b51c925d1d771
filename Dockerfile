# One image for web, worker, beat and migrate. Nothing secret goes into it.
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm
FROM ${PYTHON_IMAGE} AS build
WORKDIR /srv/site
COPY package.json package-lock.json .npmrc Makefile ./
COPY requirements requirements
COPY tools tools
COPY marketplace/styles marketplace/styles
# Makes .venv and build/static, with Node from PyPI; the same step as on a developer's machine.
RUN python -m tools setup
COPY . .
# Collecting needs settings that can be read, not services that answer.
RUN DJANGO_SETTINGS_MODULE=marketplace.settings.production \
    SECRET_KEY=$(python -c "import secrets; print(secrets.token_hex(32))") \
    ALLOWED_HOSTS=build.invalid SITE_URL=https://build.invalid EMAIL_URL=smtp://build.invalid \
    DEFAULT_FROM_EMAIL=build@build.invalid REDIS_URL=redis://build.invalid \
    DATABASE_URL=postgres://build.invalid/build \
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf node_modules build/node build/static var

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --home-dir /srv/site site \
    && install -d -o site -g site /srv/media /srv/private /srv/seals
COPY --from=build /srv/site /srv/site
WORKDIR /srv/site
USER site
ENV PATH=/srv/site/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=marketplace.settings.production \
    MEDIA_ROOT=/srv/media \
    PRIVATE_MEDIA_ROOT=/srv/private
EXPOSE 8000
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--threads=4", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "marketplace.wsgi:application"]
