"""Made-up names of companies, associations and branches. No real ones, and no people."""

import polars as pl

from pipelines.sample.draws import Draws

_FIRST = list("鑫宏德盛泰恒瑞祥凯晶锦嘉鹏旭腾昊铭睿博尚卓骏弘诚裕")
_SECOND = list("达兴源辉隆升润丰昌利安宇翔捷创联美科维特邦雅程航")
_TRADES = [
    "电子", "精密模具", "塑胶制品", "五金制品", "光电科技", "服饰", "家具", "物流", "包装材料", "印刷", "食品",
    "自动化设备", "玩具", "钟表", "眼镜", "珠宝首饰", "电子商务", "供应链管理", "信息技术", "装饰工程", "环保科技",
    "通信设备", "新材料", "电池", "医疗器械", "餐饮管理", "物业管理", "汽车服务", "机电工程", "贸易", "文化传播",
    "线路板", "纸品", "家居用品",
]  # fmt: skip
_FORMS = ["有限公司", "有限公司", "有限公司", "实业有限公司", "（深圳）有限公司", "股份有限公司"]
_SOCIETIES = [
    "幼儿园", "职业培训中心", "社会工作服务中心", "志愿者协会", "商会", "老年人协会", "门诊部", "养老服务中心",
    "书画协会", "球类运动协会", "义工联合会", "外来务工人员服务中心", "行业协会", "公益促进会",
]  # fmt: skip


def brands(draws: Draws, count: int, *name: object) -> pl.Series:
    """Two characters each; they repeat, as brands in a district do."""
    return draws.pick(_FIRST, count, *name, 1) + draws.pick(_SECOND, count, *name, 2)


def companies(draws: Draws, count: int) -> pl.Series:
    """深圳市鑫达电子有限公司."""
    brand = brands(draws, count, "company")
    return "深圳市" + brand + draws.pick(_TRADES, count, "trade") + draws.pick(_FORMS, count, "form")


def societies(draws: Draws, count: int) -> pl.Series:
    """深圳市龙岗区瑞丰志愿者协会."""
    return "深圳市龙岗区" + brands(draws, count, "society") + draws.pick(_SOCIETIES, count, "purpose")


def cooperatives(draws: Draws, count: int) -> pl.Series:
    """深圳市宏昌股份合作公司: brands, each once, instead of the villages that real ones are named after."""
    every = [first + second for first in _FIRST for second in _SECOND]
    return pl.Series(["深圳市" + brand + "股份合作公司" for brand in draws.shuffled(every, "cooperative")[:count]])
