"""The questionnaire as a codebook page: every question, its column, its limits and its answers."""

from __future__ import annotations

from jinja2 import Environment

from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect.forms.entries import choices, limits_text, stamp

STORED_AS = {
    "money": "amount, two decimals",
    "count": "whole number",
    "number": "number, up to six decimals",
    "percent": "fraction, 0.25 for 25 %",
    "boolean": "true or false",
    "category": "one of these",
    "date": "date",
    "text": "text",
}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ survey.title }} {{ year }}: codebook</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #17202A; }
table { border-collapse: collapse; width: 100%; }
caption, th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #C5CDD5; }
caption { font-weight: 600; border: 0; padding-left: 0; }
thead th { background: #12324A; color: #FFF; }
code { font-size: .9em; }
table { margin-bottom: 2rem; }
th[scope=row] { white-space: nowrap; }
section.wide { overflow-x: auto; }
dl.codes { margin: 0; display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; }
dl.codes dd { margin: 0; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } }
</style>
</head>
<body>
<main>
<h1>{{ survey.title }}: codebook {{ year }}</h1>
<p>{{ programme.title }}. Form version {{ survey.form_version }}.
{%- if programme.is_made_up %} {{ programme.notice }}{% endif %}</p>
{% for part in parts %}
<section class="wide" tabindex="0" aria-label="{{ part.caption }}">
<table>
<caption>{{ part.caption }}: table <code>{{ part.table }}</code></caption>
<thead><tr><th scope="col">Column</th><th scope="col">Question</th><th scope="col">Answer</th>
<th scope="col">Unit and limits</th><th scope="col">Asked since</th></tr></thead>
<tbody>
{% for question in part.questions %}
<tr id="{{ question.name }}">
<th scope="row"><code>{{ question.name }}</code></th>
<td>{{ question.wording }}{% if question.help %} <small>{{ question.help }}</small>{% endif %}</td>
<td>{{ stored_as[question.type] }}; {{ duty(question) }}
{%- if choices(question) %}
<dl class="codes">{% for code, label in choices(question).items() %}<dt><code>{{ code }}</code></dt>
<dd>{{ label }}</dd>{% endfor %}</dl>{% endif %}</td>
<td>{{ [question.unit, limits(question)] | select | join(", ") }}</td>
<td>{{ question.since or "" }}</td>
</tr>
{% endfor %}
</tbody>
</table>
</section>
{% endfor %}
{% if rules %}
<section class="wide" tabindex="0" aria-label="Rules across answers">
<table>
<caption>Rules across answers</caption>
<thead><tr><th scope="col">Rule</th><th scope="col">What is said</th><th scope="col">Why</th>
<th scope="col">Effect</th></tr></thead>
<tbody>
{% for rule in rules %}
<tr><th scope="row"><code>{{ rule.rule_id }}</code></th><td>{{ rule.message }}</td><td>{{ rule.because }}</td>
<td>{{ effects[rule.severity] }}</td></tr>
{% endfor %}
</tbody>
</table>
</section>
{% endif %}
<p><small>Form <code>{{ form }}</code>.
Blank is not zero: a blank answer is kept as blank, a zero as a value.</small></p>
</main>
</body>
</html>
"""
EFFECTS = {"fail": "the submission is parked", "query": "the agency is asked", "note": "noted"}


def codebook(programme: Programme, survey: Survey, year: int) -> str:
    """Give the codebook of a survey year as one HTML page without scripts or outside parts."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(PAGE).render(
        programme=programme,
        survey=survey,
        year=year,
        parts=_parts(survey, year),
        rules=[rule for rule in programme.rules if rule.survey == survey.name],
        effects=EFFECTS,
        stored_as=STORED_AS,
        choices=choices,
        limits=limits_text,
        duty=_duty,
        form=" ".join(value for value in stamp(programme.name, survey, year, "").values() if value),
    )
    return f"{page}\n"


def _parts(survey: Survey, year: int) -> list[dict[str, object]]:
    parts = [_part(survey.title, f"staging.{survey.name}", survey.questions, year)]
    if survey.roster is not None:
        table = f"staging.{survey.name}_{survey.roster.name}"
        parts.append(_part(survey.roster.title, table, survey.roster.questions, year))
    return parts


def _part(caption: str, table: str, questions: tuple[Question, ...], year: int) -> dict[str, object]:
    return {"caption": caption, "table": table, "questions": [q for q in questions if q.is_asked_in(year)]}


def _duty(question: Question) -> str:
    if question.constant is not None:
        return "the same for every file, and not asked"
    told = "must be answered" if question.required else "may stay blank"
    return f"{told}; kept apart, erasable, never published" if question.is_private else told
