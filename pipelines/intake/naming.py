"""What files and sheets are called to others: their names without what may name a person.

A name is part of where a row comes from, so as much of it is kept as can be: report, period, place, the words of an
office. A run of characters that begins like the name of a person, in what is left, becomes ＊; so does every number
that belongs to a person. Pure functions of text.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from pipelines.contracts.schema import Contract
from pipelines.intake.faults import HIDDEN, impersonal_text
from pipelines.intake.folding import cleaned
from pipelines.intake.register import Register, stem, street_stem

STAR = "＊"
_LONGEST = 24
"""Characters of the longest word that is looked for."""
_HAN = "㐀-鿿"
_RUN = re.compile(f"[{_HAN}]+")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付傅方邹熊白孟秦邱丘侯江尹薛阎闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤康易乔赖文庞樊殷施洪翟安颜倪牛温芦季俞章鲁葛伍"
    "申尤毕聂柴焦柳邢岳齐梅庄辛管祝左涂谷祁舒耿牟卜詹关苗凌纪靳童欧甄游裴席卫屈鲍霍翁隋甘景柏宁柯阮桂闵冉辜饶刁瞿戚滕邬臧苟褚娄穆"
    "郜晏栾郁喻窦敖鄢冷卓仇艾蓝巩仲虞卞封冼佟匡巫桑荆谌沙岑胥蔺张劉陳楊黃趙吳孫馬羅鄭謝許鄧韓馮蕭葉盧蘇呂鍾陸賈鄒龍賀顧嚴萬錢湯賴龐顏"
)
_NAME = re.compile(
    rf"(?:欧阳|司马|上官|诸葛|皇甫|尉迟|令狐|慕容|司徒|公孙|轩辕|[{_SURNAMES}])(?:[ 　·]?[{_HAN}]){{1,3}}"
    rf"|[{_HAN}]{{0,3}}[甲乙丙丁戊某](?:[{_HAN}]|\d){{0,2}}"
)
_OFFICE_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        龙岗 龙城 平湖 布吉 坂田 南湾 园山 吉华 宝龙 横岗 坪地 街道 社区 报送 填报人 填报 填表人 审核人 联系人
        负责人 经办人 制表人 报送人 月报 季报 年报 周报 报表 报告 表格 台账 名录 名册 花名册 名单 清单 统计 汇总
        明细 模板 附件 附表 副本 复件 终稿 初稿 定稿 更正 改正 修改 最新 最终 正式 测试 样表 空白 工作表 新建 文档
        文件 文化 文明 公文 文字 数据 情况 方案 方式 方面 万元 万人 金额 资金 奖金 基金 高校 高中 提高 安全 安置
        治安 公安 保安 安排 常住 日常 关于 相关 机关 有关 关爱 关账 管理 管道 主管 监管 单位 章程 余额 剩余 其余
        业余 任务 主任 责任 现任 任职 历任 程序 工程 课程 教程 流程 过程 日程 规程 范围 规范 示范 模范 防范 阶段
        时段 施工 实施 措施 设施 历史 康复 健康 贸易 简易 交易 季度 季节 申报 申请 纪律 纪检 纪委 世纪 儿童 左右
        旅游 游客 景区 卫生 保卫 分钟 严重 武装 顾问 照顾 周期 本周 上周 周边 任何 由于 对于 夏季 尤其 毕业 整齐
        补齐 主席 出席 许可 感谢 董事 黄色 林业 园林 森林 江河 田地 石油 金融 方法 万户 高龄 高层 安监 苏州 宁波
        南宁 韩国 叶子 段落 温馨 温度 蓝色 白色 石材 易地 陆地 陆续 于是 汤池 马上 何时 何地 孔位 毛利 付款 交付
        支付 祝贺 贺信 庄严 龙头 卫星 甘蔗 乙类 甲类 丙类 丁类 甲方 乙方 甲级 乙级 某些 某月 某年 安居 居安 平安
        公章 文体 文书 文本 论文 语文 全文 综治 就业 失业 劳动 党建 党员 党组织 党支部 党委 支部 干部 群众 来信 来访
        信访 违建 违法 建筑 查处 纠纷 矛盾 排查 调解 股份 合作 公司 经营 服务 事项 办理 活动 发展 评议 经费 预算
        培训 慰问 困难 巡察 场地 授权 治理 重大 决策 作风 四员 职责 两新 组织 累计 合计 总计 小计
        """,
    )
)
"""Words of names of files that name nobody, above all those with a character that is a surname too."""


def words_of(contracts: Iterable[Contract], register: Register) -> frozenset[str]:
    """Words that stand in names of files and sheets and name nobody: of these reports, and the places of a register."""
    places = {name for one in register.communities for name in (one.name, stem(one.name), one.street_name)}
    places |= {street_stem(one.street_name) for one in register.communities}
    return _of_reports(contracts) | {name for name in places if len(name) > 1}


def _of_reports(contracts: Iterable[Contract]) -> frozenset[str]:
    texts: list[str] = []
    for contract in contracts:
        texts += [contract.title, contract.department]
        for spec in contract.fields.values():
            texts += [*spec.headers, *map(str, spec.values)]
    return frozenset(run for text in texts for run in _RUN.findall(text) if len(run) > 1)


@lru_cache(maxsize=4096)
def public_name(name: str, words: frozenset[str]) -> str:
    """The name of a file or sheet without what may name a person or be a number of one; mostly the name itself."""
    plain = cleaned(name)
    # An underscore is no part of a number.
    plain = impersonal_text(plain.replace("_", "\n_\n")).replace("\n_\n", "_").replace(HIDDEN, STAR)
    shown = _without_people(plain, words)
    return name if shown == cleaned(name) else shown


def _without_people(text: str, words: frozenset[str]) -> str:
    """The text with every run that begins like the name of a person, outside of known words, as ＊."""
    left = list(text)
    for run in _RUN.finditer(text):
        at = run.start()
        while at < run.end():
            width = _word_at(text, at, run.end(), words)
            left[at : at + width] = "\0" * width
            at += width or 1
    shown = list(text)
    for found in reversed(list(_NAME.finditer("".join(left)))):
        shown[found.start() : found.end()] = STAR
    return "".join(shown)


def _word_at(text: str, at: int, end: int, known: frozenset[str]) -> int:
    """How long the longest known word is that begins here; 0 for none."""
    widths = range(min(_LONGEST, end - at), 1, -1)
    return next((width for width in widths if _is_known(text[at : at + width], known)), 0)


def _is_known(text: str, known: frozenset[str]) -> bool:
    return text in known or text in _OFFICE_WORDS


def public_names(names: Iterable[str], words: frozenset[str]) -> dict[str, str]:
    """The names of the sheets of one file, each with what it is called to others; no two are called the same."""
    shown: dict[str, str] = {}
    for name in names:
        plain = public_name(name, words)
        taken = set(shown.values())
        number = 1
        while (called := plain if number == 1 else f"{plain}{number}") in taken:
            number += 1
        shown[name] = called
    return shown
