"""What a file is that people send as a report and that is not read, told by its first bytes; and what to do with it.

Knows formats by their marks. Opens nothing.
"""

import re

_SAVE = "请用能打开它的软件（Excel、WPS）打开，另存为 .xlsx 后再报送。"
_IN_ZIP = (
    (b"application/vnd.oasis.opendocument.spreadsheet", "OpenDocument 表格（.ods）"),
    (b"application/vnd.oasis.opendocument", "OpenDocument 文档"),
    (b"index/document.iwa", "Numbers 表格（.numbers）或其他 iWork 文稿"),
    (b"index.zip", "iWork 文稿（.numbers、.pages）"),
    (b"xl/workbook.bin", "二进制工作簿（.xlsb）"),
    (b"word/document.xml", "Word 文档（.docx）"),
    (b"ppt/presentation.xml", "演示文稿（.pptx）"),
    (b"ofd.xml", "OFD 版式文件"),
)
_AT_START = (
    (b"%pdf", "PDF 文件"),
    (b"{\\rtf", "RTF 文档（.rtf）"),
    (b"\x89png", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"gif8", "图片"),
    (b"ii*\0", "图片"),
    (b"mm\0*", "图片"),
    (b"rar!\x1a", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"bzh", "bzip2 压缩包"),
    (b"sqlite format 3", "SQLite 数据库"),
    (b"\0\x01\0\0standard", "Access 数据库"),
)
_ARCHIVES = "压缩包"
_OLE_STREAMS = (
    ("WordDocument", "Word 文档（.doc、.wps）"),
    ("PowerPoint Document", "演示文稿（.ppt、.dps）"),
    ("__properties_version1.0", "邮件（.msg）"),
)
_HEAD = 4096
_XML_2003 = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet|progid=[\"']Excel\.Sheet", re.IGNORECASE)
_OTHER_XML = re.compile(rb"^\s*(?:<\?xml[^>]*\?>\s*)(?!.*<html)", re.IGNORECASE | re.DOTALL)
_MIME = re.compile(
    rb"^(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?(?:mime-version:|content-type:\s*multipart/)", re.IGNORECASE
)
_DBF_VERSIONS = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\xcb\xf5\xfb")


def refusal_of_kind(data: bytes) -> str | None:
    """Why a file is not read that is of a known kind, and what to do with it; None when it is of none of these."""
    name = _kind(data)
    if name is None:
        return None
    if name.endswith(_ARCHIVES):
        return f"这是{name}，不能打开。请解压后直接报送里面的表格，或重新压缩成普通的 .zip 再报送。"
    return f"这是{name}，不能直接读取。{_SAVE}"


def refusal_of_streams(names: list[str]) -> str | None:
    """The same of a compound file without a workbook, by the names of what is in it."""
    known = next((kind for stream, kind in _OLE_STREAMS if any(name.startswith(stream) for name in names)), None)
    return f"这是{known}，不能直接读取。{_SAVE}" if known else None


def _kind(data: bytes) -> str | None:
    lower = data[:_HEAD].lower()
    if data.startswith(b"PK\x03\x04"):
        whole = lower + data[-(2**16) :].lower()
        return next((kind for mark, kind in _IN_ZIP if mark in whole), None)
    known = next((kind for mark, kind in _AT_START if lower.startswith(mark)), None)
    return known or ("dBase 数据表（.dbf）" if _is_dbf(data) else _kind_of_text(data))


def _kind_of_text(data: bytes) -> str | None:
    head = data[:_HEAD]
    if head.startswith(b"BM") and len(data) >= 6 and int.from_bytes(data[2:6], "little") == len(data):
        return "图片"
    plain = head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").lstrip()
    if _XML_2003.search(plain):
        return "“XML 电子表格 2003”文件（扩展名常为 .xls 或 .xml）"
    if _MIME.match(plain):
        return "网页存档或邮件（.mht、.mhtml、.eml，扩展名常为 .xls）"
    if plain.startswith(b"<?xml") and _OTHER_XML.match(plain):
        return "XML 文件"
    return None


def _is_dbf(data: bytes) -> bool:
    """Whether the header of a dBase table begins the file: version, date of change, a length that its mark keeps."""
    if len(data) < 33 or data[0] not in _DBF_VERSIONS or not (1 <= data[2] <= 12 and 1 <= data[3] <= 31):
        return False
    length = int.from_bytes(data[8:10], "little")
    return 33 <= length <= len(data) and data[length - 1] in (0x0D, 0x00)
