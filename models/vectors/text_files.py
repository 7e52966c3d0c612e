"""CSV, TSV and pasted text: which encoding, which separator, which columns are numbers."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from models.vectors.columns import sorted_out
from models.vectors.table import Bounds, Note, Refused, Table, unique_names

SEPARATORS = ("\t", ";", "|", ",")  # a comma may also be a decimal one, so it comes last
LOOKED_AT = 30  # lines from which the separator is told
BLOCK = 1 << 20  # bytes
LONGEST_BLOCK = 1 << 26
BLANK = b"\r\n \t\x0b\x0c\x00"
SURELY_COUNTING = 8  # columns named 0, 1, 2 and so on
LONGEST_CELL = 40  # bytes of a cell of a table of numbers, as a line's bound has it
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
MISSING = ("", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "?", "-")
INFINITE = r"^[+-]?inf(inity)?$"


@dataclass(frozen=True)
class Form:
    """How a text is written: its separator, its column names if it has any, its decimal sign."""

    separator: str
    names: tuple[str, ...]
    columns: int
    decimal: str


def read_text(data: bytes, bounds: Bounds) -> Table:
    """Read a text of one vector a line.

    The separator is a tab, semicolon, bar or comma, whichever splits the lines alike, or else
    spaces. Brackets around lines, as Python and JSON write them, are left out. Numbers may have
    a decimal comma if it does not separate.

    Raises:
        Refused: For a text that is no such table, or too large.

    >>> read_text(b"name,x,y\\na,1,2\\nb,3,4", Bounds()).values.tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    text = _unbracketed(utf8(data).strip(BLANK))
    if not text:
        raise Refused("empty")
    _require_few_lines(text, bounds)
    form, text = _form(text, bounds)
    columns = _columns(text, form)
    names, twice = unique_names(list(form.names) or [""] * form.columns)
    notes = [Note("duplicates", {"names": twice})] if twice else []
    if any(_is_number(name) for name in form.names):
        notes.append(Note("counting_header"))
    sorted_columns = [
        (name, _numbers(column, form.decimal)) for name, column in zip(names, columns, strict=True)
    ]
    return sorted_out(
        "tsv" if form.separator == "\t" else "csv",
        sorted_columns,
        bounds,
        notes=tuple(notes),
        delimiter=form.separator,
        header=bool(form.names),
    )


def utf8(data: bytes) -> bytes:
    """Give a text as UTF-8 without its mark; UTF-16 is understood if it has one.

    Raises:
        Refused: For any other encoding, with where it stopped being one.

    >>> utf8("1,2".encode("utf-16"))
    b'1,2'
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode("utf-8")
        except UnicodeError as wrong:
            raise Refused("encoding", {"tried": "UTF-16", "at": 0, "byte": data[0]}) from wrong
    text = data.removeprefix(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(text), BLOCK):  # in parts, so that no second copy is made
        try:
            decoder.decode(text[start : start + BLOCK], final=start + BLOCK >= len(text))
        except UnicodeDecodeError as wrong:
            at = max(0, start + wrong.start - 3)
            byte = next((i for i in range(at, len(text)) if text[i] > 0x7F), at)
            raise Refused("encoding", {"tried": "UTF-8", "at": byte, "byte": text[byte]}) from wrong
    if b"\x00" in text:
        raise Refused("not_text")
    return text


def _lines(text: bytes) -> list[bytes]:
    """Split at line ends, and not at the form feeds that `splitlines` takes for some."""
    return re.split(rb"\r\n|\n|\r", text)


def _unbracketed(text: bytes) -> bytes:
    """Turn `[[1, 2], [3, 4]]`, or lines like `[1 2]`, into plain lines."""
    if not text.startswith(b"["):
        return text
    lines = re.sub(rb"\]\s*,?\s*\[", b"\n", text)
    return lines.strip(b"[], \r\n\t")


def _require_few_lines(text: bytes, bounds: Bounds) -> None:
    lines = max(text.count(b"\n"), text.count(b"\r")) + 1
    most = bounds.rows + 1  # one may name the columns
    blank = sum(not line.strip() for line in _lines(text)) if most < lines <= 2 * most else 0
    if lines - blank > most:
        raise Refused("rows", {"found": lines - blank, "most": bounds.rows})


def _form(text: bytes, bounds: Bounds) -> tuple[Form, bytes]:
    first = _lines(text[: LOOKED_AT * LONGEST_CELL * bounds.columns])[:LOOKED_AT]
    longest = max(map(len, first))
    if longest > LONGEST_CELL * bounds.columns + BLOCK:
        raise Refused("line", {"found": longest})
    lines = [line.decode("utf-8", "replace") for line in first if line.strip()]
    if not lines:
        raise Refused("empty")
    if len(lines) > 2 and len(first) == LOOKED_AT:
        lines = lines[:-1]  # the last may be cut
    separator = _separator(lines)
    if separator == " ":
        text = re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+$", b"", text))
        lines, separator = ["\t".join(line.split()) for line in lines], "\t"
    rows = [_split(line, separator) for line in lines]
    if max(map(len, rows)) > bounds.columns + 20:
        raise Refused("columns", {"found": max(map(len, rows)), "most": bounds.columns})
    named = _names_columns(rows[0], rows[1] if len(rows) > 1 else [])
    cells = [cell for row in rows[named:] for cell in row]
    comma = separator != "," and any(re.fullmatch(r"[+-]?\d*,\d+", cell) for cell in cells)
    names = tuple(rows[0]) if named else ()
    return Form(separator, names, len(rows[0]), "," if comma else "."), text


def _separator(lines: list[str]) -> str:
    """Choose what splits most lines into equally many cells, two or more."""
    best, share = " ", 0.0
    for separator in SEPARATORS:
        counts = Counter(len(_split(line, separator)) for line in lines)
        cells, often = counts.most_common(1)[0]
        if cells > 1 and often / len(lines) > share:
            best, share = separator, often / len(lines)
    return best


def _split(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=separator))]
    except (csv.Error, StopIteration) as wrong:
        raise Refused("broken", {"kind": "csv"}) from wrong


def _names_columns(first: list[str], second: list[str]) -> bool:
    """Say whether the first line names columns: no numbers, or plainly counting columns.

    0, 1, 2 or 1, 2, 3 are names only after an empty cell, as pandas writes them, or if there
    are many: a short vector may be 1, 2, 3.
    """
    numbers = [cell for cell in first if _is_number(cell)]
    if not numbers or not second:
        return bool(second)
    counted = [str(count) for count in range(len(numbers))]
    from_one = [str(count + 1) for count in range(len(numbers))]
    sure = first[0] == "" or len(numbers) >= SURELY_COUNTING
    return sure and len(numbers) > 2 and numbers in (counted, from_one)


def _is_number(cell: str) -> bool:
    plain = cell.replace(",", ".", 1).lower()
    return bool(re.match(NUMBER, plain) or re.match(INFINITE, plain)) or plain in MISSING[1:]


def _columns(text: bytes, form: Form) -> list[pa.ChunkedArray]:
    """Split the text into columns of strings."""
    ragged: list[arrow_csv.InvalidRow] = []

    def stop(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row)
        return "error"

    names = [str(place) for place in range(form.columns)]
    longest = max(map(len, _lines(text[: 4 * BLOCK])))
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                skip_rows=int(bool(form.names)),
                use_threads=False,
                block_size=min(max(BLOCK, 4 * longest), LONGEST_BLOCK),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=form.separator,
                newlines_in_values=b'"' in text,
                invalid_row_handler=stop,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as wrong:
        if ragged:
            slots = {"line": ragged[0].number or 0, "found": ragged[0].actual_columns}
            raise Refused("ragged", slots | {"expected": ragged[0].expected_columns}) from wrong
        reason = "line" if "straddling" in str(wrong) else "broken"
        raise Refused(reason, {"found": longest, "kind": "csv"}) from wrong
    return [column.combine_chunks() for column in table.columns]


def _numbers(cells: pa.StringArray, decimal: str) -> np.ndarray | tuple[str, ...]:
    """Turn a column into numbers, unreadable cells NaN; or leave it text if most are not."""
    cells = pc.utf8_trim_whitespace(cells)
    empty = pc.is_in(pc.utf8_lower(cells), value_set=pa.array(MISSING))
    numbers = pc.if_else(empty, pa.scalar(None, pa.string()), cells)
    try:
        return _floats(numbers)
    except pa.ArrowInvalid:
        pass
    plain = pc.replace_substring_regex(numbers, r"^\+", "")
    if decimal == ",":
        plain = pc.replace_substring(plain, ",", ".", max_replacements=1)
    right = pc.or_(
        pc.match_substring_regex(plain, NUMBER),
        pc.match_substring_regex(plain, INFINITE, ignore_case=True),
    )
    said = len(cells) - plain.null_count
    if 2 * (pc.sum(right).as_py() or 0) <= said:
        return tuple(cells.to_pylist())
    return _floats(pc.if_else(right, pc.utf8_lower(plain), pa.scalar(None, pa.string())))


def _floats(cells: pa.StringArray) -> np.ndarray:
    if cells.null_count == len(cells):
        return np.full(len(cells), np.nan)
    numbers: np.ndarray = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
    return numbers
