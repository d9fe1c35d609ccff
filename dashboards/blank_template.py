"""The blank workbook of an export, to take away. Layout only."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import layout
from pipelines.contracts.schema import Contract, load_contracts
from pipelines.contracts.words import BY, CADENCES
from pipelines.settings import Settings


def blank_template() -> None:
    """Choose an export, download its template."""
    contracts = load_contracts(Settings().contracts_dir)
    layout.section("空白模板", "表头、单位、下拉列表、示例和填写说明都在里面；填好后直接报送")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        export = st.selectbox(
            "报表",
            list(contracts),
            format_func=lambda name: contracts[name].title,
            key="template",
            filter_mode="contains",
        )
        contract = contracts[export]
        from pipelines.intake.template import template_name, usual_period  # noqa: PLC0415 - slow to load

        period = usual_period(contract, datetime.now(ZoneInfo("Asia/Shanghai")).date())
        st.download_button(
            "下载模板",
            lambda: _made(contract),
            template_name(contract, period),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key="template_download",
            on_click="ignore",
            icon=":material/download:",
        )
    layout.note(
        f"{contract.description}{contract.department}，{CADENCES[contract.cadence]}，{BY[contract.by]}，"
        f"期后 {contract.due_day} 日内。"
    )


def _made(contract: Contract) -> bytes:
    from pipelines.intake.template import areas_in_use, template, usual_period  # noqa: PLC0415

    settings = Settings()
    period = usual_period(contract, datetime.now(ZoneInfo("Asia/Shanghai")).date())
    areas = areas_in_use(settings, period.end)
    return template(contract, load_contracts(settings.contracts_dir), areas, period)
