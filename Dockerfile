# One image for every service. Code is mounted read-only by docker-compose.yml, or baked in here for a registry.
FROM python:3.12-slim-bookworm
RUN useradd --create-home --uid 50000 airflow && mkdir -p /opt/benchmarking/data && chown airflow /opt/benchmarking/data
WORKDIR /opt/benchmarking
COPY requirements/production.lock requirements/production.lock
RUN pip install --no-cache-dir --require-hashes --requirement requirements/production.lock
COPY --chown=root:root . .
ENV PYTHONPATH=/opt/benchmarking/plugins \
    AIRFLOW_HOME=/opt/benchmarking/.airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/benchmarking/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/benchmarking/plugins
RUN mkdir -p .airflow && chown airflow .airflow
USER airflow
ENTRYPOINT ["airflow"]
