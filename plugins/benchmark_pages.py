"""Pages inside the Airflow UI, each behind its login: the year at a glance, coverage, draft release, last audit."""

from __future__ import annotations

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment

LOGIN = [Depends(requires_access_view(AccessView.PLUGINS))]
PAGES = {"year": "Year at a glance", "coverage": "Coverage", "draft": "Draft release", "audit": "Last audit"}
STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem; }
nav a { display: inline-block; margin: 0 1rem .5rem 0; padding: .25rem 0; }
nav a[aria-current] { font-weight: 700; text-decoration: none; border-bottom: 3px solid; }
.notice { border-left: .3rem solid #b45309; padding: .5rem 1rem; background: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 650; padding: 1.5rem 0 .5rem; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
pre { white-space: pre-wrap; background: var(--soft); padding: 1rem; font: inherit; }
"""
TEMPLATE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ pages[page] }}, {{ programme.title }}</title><style>{{ style|safe }}</style></head><body>
<nav aria-label="Pages">{% for name, title in pages.items() -%}
<a href="{{ root }}/{{ programme.name }}/{{ year }}/{{ name }}"
{%- if name == page %} aria-current="page"{% endif %}>{{ title }}</a>
{% endfor %}</nav>
<nav aria-label="Programmes and years">{% for name, years in choices.items() %}{% for other in years -%}
<a href="{{ root }}/{{ name }}/{{ other }}/{{ page }}"
{%- if name == programme.name and other == year %} aria-current="true"{% endif %}>{{ name }} {{ other }}</a>
{% endfor %}{% endfor %}</nav>
<main><h1>{{ pages[page] }}</h1><p>{{ programme.title }}, {{ year }}</p>
{% if programme.notice %}<p class="notice">{{ programme.notice }}</p>{% endif %}
{% if body %}<h2>{{ heading }}</h2><pre>{{ body }}</pre>{% endif %}
{% if preview %}<p><a href="{{ root }}/preview/{{ programme.name }}/{{ year }}/index.html">Read the preview</a>.
It is under embargo: your name is logged.</p>{% endif %}
{% for table in tables %}<div class="scroll"><table><caption>{{ table.title }}</caption>
<thead><tr>{% for heading in table.headings %}<th scope="col">{{ heading }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in table.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody>
</table></div>{% endfor %}
</main></body></html>
""")
app = FastAPI(title="Benchmarks", docs_url=None, redoc_url=None, openapi_url=None)
ROOT_PATH = "/benchmarks"


@app.get("/", dependencies=LOGIN, response_class=HTMLResponse)
def front() -> str:
    """Show the first programme's newest year."""
    choices = _choices()
    name = next((name for name, years in choices.items() if years), None)
    if name is None:
        raise HTTPException(404, "Nothing was received yet. Run collect_submissions first.")
    return show(name, choices[name][-1], "year")


@app.get("/{name}/{year}/{page}", dependencies=LOGIN, response_class=HTMLResponse)
def show(name: str, year: int, page: str) -> str:
    """Show one page of a programme's survey year."""
    from benchmarking import overview
    from benchmarking.errors import BenchmarkingError

    warehouse = _warehouse(name, year, page)
    tables, heading, body = [], "", ""
    drafted = warehouse.settings.data / "drafts" / name / str(year) / "index.html"
    try:
        if page == "draft":
            heading, body = overview.draft(warehouse, year)
        else:
            call = {"year": overview.at_a_glance, "coverage": overview.coverage, "audit": overview.last_audit}[page]
            tables = call(warehouse, year)
    except BenchmarkingError as error:
        heading, body = "Not available", str(error)
    return TEMPLATE.render(
        programme=warehouse.programme, year=year, page=page, pages=PAGES, choices=_choices(), tables=tables,
        heading=heading, body=body, style=STYLE, root=ROOT_PATH, preview=page == "draft" and drafted.is_file(),
    )  # fmt: skip


@app.get("/preview/{name}/{year}/{file:path}", dependencies=LOGIN)
def preview(name: str, year: int, file: str, user: GetUserDep) -> FileResponse:
    """Serve one file of a draft under embargo; who reads it is logged."""
    from benchmarking import pipeline
    from benchmarking.errors import BenchmarkingError

    try:
        return FileResponse(pipeline.preview_file(_warehouse(name, year, "draft"), year, file, user.get_name()))
    except BenchmarkingError as error:
        raise HTTPException(404, str(error)) from error


def _warehouse(name: str, year: int, page: str):
    from benchmarking import pipeline

    for warehouse in pipeline.open_all():
        if warehouse.programme.name == name and page in PAGES and year in pipeline.years_received(warehouse):
            return warehouse
    raise HTTPException(404, "No such programme, year or page.")


def _choices() -> dict[str, list[int]]:
    from benchmarking import pipeline

    return {warehouse.programme.name: pipeline.years_received(warehouse) for warehouse in pipeline.open_all()}


class BenchmarkPages(AirflowPlugin):
    """Register the pages and a link to them in the navigation."""

    name = "benchmark_pages"
    fastapi_apps = [{"app": app, "url_prefix": ROOT_PATH, "name": "Benchmarks"}]
    external_views = [
        {
            "name": "Benchmarks",
            "href": f"{ROOT_PATH}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "benchmarks-pages",
        }
    ]
