"""Layouts for tests, from what an organizer would write of their sections."""

from engine.catalog.draft_stock import draw_layout
from engine.catalog.findings import Findings
from engine.catalog.inputs import LayoutInput
from engine.catalog.layout import Layout


def drawn(**sections: dict[str, object]) -> Layout:
    findings = Findings({})
    layout = draw_layout("", LayoutInput.model_validate({"sections": sections}).sections, findings)
    assert not findings.paths, findings.listed()
    assert layout is not None
    return layout


def mistakes(**sections: dict[str, object]) -> list[str]:
    findings = Findings({})
    draw_layout("", LayoutInput.model_validate({"sections": sections}).sections, findings)
    return [mistake.message for mistake in findings.listed()]
