"""The rules of the house: who imports whom, what a SQL file holds, what a measure says of itself."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import duckdb
import pytest

from benchmarking.catalog import load_measure
from benchmarking.settings import ROOT
from benchmarking.sql import header

PACKAGE = ROOT / "plugins" / "benchmarking"
VERBS = ("collect", "validate", "aggregate", "protect", "publish")
SHARED = ("catalog", "warehouse", "tables", "settings", "progress", "errors", "sql")
SQL_FILES = sorted([*ROOT.glob("sql/**/*.sql"), *ROOT.glob("examples/*/sql/**/*.sql")])
MEASURE_FILES = [path for path in SQL_FILES if path.parent.name == "measures"]
LAYERS = ("raw", "staging", "benchmark", "published")
READS = {
    "raw": {"raw"},
    "staging": {"raw", "staging"},
    "measures": {"staging"},
    "benchmark": {"staging", "benchmark"},
    "published": {"benchmark", "published", "ledger", "staging"},
}
HOSTS = "|".join(["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js", "deb." + "debian.org"])


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py"))


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|--[^\n]*", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", sources(PACKAGE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_package_knows_nothing_of_airflow(path):
    assert not {name for name in imported_modules(path) if name.split(".")[0] == "airflow"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_imports_no_other_verb_and_not_the_pipeline(verb):
    others = {f"benchmarking.{name}" for name in (*VERBS, "pipeline", "__main__") if name != verb}
    for path in sources(PACKAGE / verb):
        found = {name for name in imported_modules(path) if any(name == o or name.startswith(o + ".") for o in others)}
        assert not found, f"{path.relative_to(ROOT)} imports {found}"


@pytest.mark.parametrize("module", SHARED)
def test_a_shared_module_imports_no_verb(module):
    verbs = tuple(f"benchmarking.{verb}" for verb in (*VERBS, "pipeline"))
    assert not {name for name in imported_modules(PACKAGE / f"{module}.py") if name.startswith(verbs)}


@pytest.mark.parametrize("path", sources(ROOT / "dags"), ids=lambda path: path.name)
def test_a_dag_file_imports_nothing_heavy_at_the_top(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in tree.body if _is_import(n)}
    assert {name.split(".")[0] for name in top if name} <= {
        "__future__",
        "airflow",
        "datetime",
        "html",
        "os",
        "pathlib",
    }


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def test_the_package_is_never_loaded_as_plugins():
    assert "benchmarking/" in (ROOT / "plugins" / ".airflowignore").read_text().split()


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_sql_file_is_one_select_under_a_header(path):
    assert header(path)["title"]
    statements = duckdb.connect().extract_statements(path.read_text("utf-8"))
    assert [statement.type.name for statement in statements] == ["SELECT"]


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_reads_one_layer_down_only(path):
    allowed = READS.get(path.parent.name)
    if allowed is None:
        allowed = set(LAYERS)
    named = set(re.findall(rf"\b({'|'.join((*LAYERS, 'ledger'))})\.\w+", without_comments(path.read_text("utf-8"))))
    assert named <= allowed, f"reads {named - allowed}"


@pytest.mark.parametrize("path", MEASURE_FILES, ids=lambda path: path.stem)
def test_a_measure_says_what_it_is(path):
    measure = load_measure(path)
    assert measure.title and measure.unit and len(measure.definition) > 30
    assert measure.rounds_to > 0
    assert measure.format in ("money", "percent", "months", "number")


def test_no_module_under_the_package_names_a_programme_or_its_columns():
    own = {p.stem for folder in (ROOT, ROOT / "examples/gender_pay_gap") for p in (folder / "sql/measures").glob("*")}
    words = own | {"recruitment", "gender_pay_gap", "marketer"}
    for path in sources(PACKAGE):
        text = path.read_text(encoding="utf-8").lower()
        found = {word for word in words if re.search(rf"\b{word}\b", text)}
        assert not found, f"{path.relative_to(ROOT)} names {found}"


def test_files_stay_readable_in_length():
    tracked = [*sources(PACKAGE), *sources(ROOT / "dags"), *sources(ROOT / "scripts")]
    assert [str(path) for path in tracked if len(path.read_text("utf-8").splitlines()) > 400] == []


def test_no_package_index_host_is_named():
    done = subprocess.run(["git", "grep", "-nIE", HOSTS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout == ""


def test_every_pin_of_a_lock_file_has_a_hash():
    for path in (ROOT / "requirements").glob("*.lock"):
        pins = re.findall(r"^[a-z0-9][^\n]*==.*(?:\n    --hash=.*)*", path.read_text(), flags=re.MULTILINE)
        assert pins and all("--hash=sha256:" in pin for pin in pins), path.name
