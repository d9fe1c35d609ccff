"""The page 政策: all 29 clauses with what measures them, as the tiny district stands in March 2026."""

import re


def demands(page) -> dict[int, str]:
    """What is written on each clause, without its markup."""
    found = [body for body in page.html if 'class="gb-demand"' in body]
    plain = [" ".join(re.sub(r"<[^>]+>", " ", body).split()) for body in found]
    return {int(re.match(r"第(\d+)条", text)[1]): text for text in plain}


def test_the_whole_document_stands_there_clause_by_clause(open_page) -> None:
    page = open_page("policy")
    found = demands(page)
    assert list(found) == list(range(1, 30))
    # Words of the document itself.
    assert "以社区（工业区）网格为单位成立联合党组织" in page.text()
    for title in ("全面夯实党的基层组织建设基础", "建立党的基层组织建设保障机制"):
        assert title in page.text()


def test_a_clause_shows_its_indicators_with_value_trend_and_worst_streets(open_page) -> None:
    page = open_page("policy", part="2")
    residents = demands(page)[13]
    # 415 of 500 employed, 485 a month before; 平湖 320/400, 坪地 95/100, both below 97 %.
    assert (
        "户籍居民就业率 2026年3月 83.0% ✕ 未达标 目标 97% 较上月 -14.0个百分点 差距大：平湖 80.0%、坪地 95.0%"
        in residents
    )
    (body,) = (b for b in page.html if 'id="clause-13"' in b)
    assert "data:image/svg+xml" in body
    assert "indicator?indicator=employment_rate&amp;area=440307&amp;period=2026-03" in body


def test_a_clause_without_data_says_so(open_page) -> None:
    page = open_page("policy")
    found = demands(page)
    assert "这一条还没有数据" in found[22] and "? 未报送" in found[22]
    assert "这一条还没有数据" not in found[13]
    # Employment and illegal construction are clause 13; the stock cooperatives belong to 8 and 13.
    assert "29条要求由94项指标衡量" in page.answer
    assert "27条没有数据：第1、2、3、4、5、6、7、9、10" in page.answer


def test_no_clause_is_without_an_indicator(open_page) -> None:
    assert "还没有指标" not in open_page("policy").text()


def test_a_chapter_can_be_read_by_itself(open_page) -> None:
    page = open_page("policy", part="6")
    assert list(demands(page)) == [27, 28, 29]
    assert page.parameter("part") == "6"
