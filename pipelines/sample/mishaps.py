"""What goes wrong in a file, done to its cells: faults that the contract can find, made by the contract."""

from pipelines.contracts.schema import Contract, FieldType
from pipelines.sample.draws import Draws
from pipelines.sample.layout import Columns


def spoil_two_rows(cells: Columns, contract: Contract, draws: Draws, *name: object) -> None:
    """Put a fault into each of two rows; the rest stays good."""
    count = len(next(iter(cells.values())))
    rows = draws.generator("spoil", *name).sample(range(count), min(count, 2))
    for spoil in 2 * (_too_large_part, _unknown_value, _words_for_a_number, _unknown_place):
        if rows and spoil(cells, contract, rows[0]):
            rows.pop(0)


def swap_columns(cells: Columns, contract: Contract) -> None:
    """Write a part where the whole belongs, and the whole where the part belongs."""
    part, whole = next((name, spec.at_most) for name, spec in contract.fields.items() if spec.at_most)
    cells[part], cells[whole] = cells[whole], cells[part]


def _too_large_part(cells: Columns, contract: Contract, row: int) -> bool:
    for name, spec in contract.fields.items():
        whole = cells[spec.at_most][row] if spec.at_most else None
        if isinstance(whole, int):
            cells[name][row] = whole + 3
            return True
    return False


def _unknown_value(cells: Columns, contract: Contract, row: int) -> bool:
    return _write(cells, contract, FieldType.ENUM, row, "其它情况")


def _words_for_a_number(cells: Columns, contract: Contract, row: int) -> bool:
    return _write(cells, contract, FieldType.INT, row, "约三十")


def _unknown_place(cells: Columns, contract: Contract, row: int) -> bool:
    return _write(cells, contract, FieldType.COMMUNITY, row, "新建村社区")


def _write(cells: Columns, contract: Contract, kind: FieldType, row: int, text: str) -> bool:
    for name, spec in contract.fields.items():
        if spec.type is kind and spec.required:
            cells[name][row] = text
            return True
    return False
