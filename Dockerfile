# One image for the worker, the local model, the mail sink and the seed: each is a command of its own in docker-compose.yml.
FROM python:3.11.13-slim-bookworm

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app

# The parts that seldom change come first, so that a change in the code does not install them again.
COPY requirements.lock ./
RUN pip install --no-deps --only-binary=:all: --require-hashes -r requirements.lock

COPY . .
# Editable: the packages stay in /app and nowhere else, which the worker checks when it starts.
RUN pip install --no-deps --no-build-isolation --editable . \
    && useradd --uid 10001 --no-create-home signoff \
    && install --directory --owner signoff .signoff /data/mail

USER signoff
CMD ["python", "-m", "workers"]
