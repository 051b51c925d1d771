# One image for web, worker, beat and migrate. Nothing secret goes into it.
FROM python:3.11-slim AS build
WORKDIR /srv/site
COPY package.json package-lock.json .npmrc Makefile ./
COPY requirements requirements
COPY tools tools
COPY marketplace/styles marketplace/styles
# Makes .venv and build/static, with Node from PyPI; the same step as on a developer's machine.
RUN python -m tools setup
COPY . .
# Collecting needs settings that can be read, not services that answer.
RUN DJANGO_SETTINGS_MODULE=marketplace.settings.production SECRET_KEY=build ALLOWED_HOSTS=build \
    REDIS_URL=redis://build DATABASE_URL=postgres://build/build \
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf node_modules build/node build/static var

FROM python:3.11-slim
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
