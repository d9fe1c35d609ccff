"""The page 数据字典: everything that is defined, to look up and to take away."""


def test_the_answer_counts_what_is_defined(visit):
    assert "26种报表，" in visit("dictionary").words
    assert "29条政策要求，94项指标。" in visit("dictionary").words


def test_fields_say_their_header_their_meaning_and_who_uses_them(visit):
    page = visit("dictionary", table="字段")
    row = next(r for r in page.rows() if r["字段"] == "zero_employment_households")
    assert (row["表头"], row["类型"], row["必填"]) == ("零就业家庭户数", "整数", "必填")
    assert row["用于指标"] == "零就业家庭户数"


def test_a_search_finds_rows_with_all_its_words(visit):
    page = visit("dictionary", table="指标")
    assert len(page.rows()) == 94
    page.app.text_input(key="dictionary_words").set_value("就业率 户籍").run()
    assert [row["名称"] for row in page.rows()] == ["户籍居民就业率"]
    page.app.text_input(key="dictionary_words").set_value("没有这个词").run()
    page.check()
    assert "指标中没有“没有这个词”。" in page.words
