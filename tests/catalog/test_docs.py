"""The examples in the documentation are true."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalog.draft import Known, KnownEvent, compose_sale, read_sale_input
from engine.catalog.entry import Entering
from engine.catalog.findings import Findings
from engine.catalog.layout import Layout, Row, Section
from engine.catalog.yaml_source import read_yaml
from tests.catalog.keeping import Reading

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", (DOCS / "selling.md").read_text(encoding="utf-8"), re.DOTALL)
STORED = Known(
    event=KnownEvent(
        "evt_mQ7cX2bN8kTz4RwL", "Jazz", "Europe/Madrid", datetime(2037, 1, 1, tzinfo=UTC), "ven_s9HfY3dJ6pVa1GeK"
    ),
    venue_found=True,
    layout=Layout("", (Section("stalls", "Stalls", 0, 0, (Row("A", 0, 1, 0, 0),)),)),
)
ENTERING = Entering(str.casefold, {}, Reading())


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_sales_are_valid(example: str) -> None:
    source = read_yaml(example)
    findings = Findings(source.lines)
    read = read_sale_input(source.tree, findings, source.lines)
    assert read is not None, findings.listed()
    assert compose_sale(read, STORED, datetime(2036, 1, 1, tzinfo=UTC), findings, ENTERING) is not None, (
        findings.listed()
    )


@pytest.mark.parametrize(
    ("row", "tenth"),
    [
        (Row("A", 0, 11, 0, 5), (10, 5)),
        (Row("A", 0, 11, 2, 3, angle=90, pitch=2), (2, 23)),
        (Row("A", 0, 11, -10, 0, angle=90, curve=-0.1), (-5.4030, 8.4147)),
    ],
)
def test_the_table_of_positions(row: Row, tenth: tuple[float, float]) -> None:
    assert row.point(10) == pytest.approx(tenth, abs=1e-4)
    told = "{:.4f}, {:.4f}".format(*row.point(10)) if row.curve else "{:g}, {:g}".format(*tenth)
    assert f"| {told} |" in (DOCS / "layouts.md").read_text(encoding="utf-8")
