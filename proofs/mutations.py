"""Changes files as chance would have it, and as an attacker would: bytes, lines, numbers, members of archives, headers."""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded, and no torch where processes are forked by the thousand


_NUMBERS = (
    0,
    1,
    -1,
    2,
    7,
    127,
    128,
    255,
    256,
    32767,
    65535,
    2**31 - 1,
    2**31,
    2**32,
    2**63 - 1,
    2**64,
    10**30,
)
_WORDS = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e999",
        "0x10",
        "",
        " ",
        "\t",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\ud7ff",
        "\\ud800",
        "|",
        "||",
        "---",
    ),
    *(
        "3x3",
        "0x0",
        "-1",
        "224x224x3",
        "1000000000",
        "ReLU",
        "Input",
        "Convolution",
        "[[",
        "{}",
        "null",
        "true",
    ),
    *(
        "```python",
        "```",
        "$$",
        "<table>",
        "&amp;",
        "\\begin{tabular}",
        "import os",
        "x = x",
        "for i in range(10**9):",
    ),
    *(
        "lambda: 0",
        "(" * 60,
        ")" * 60,
        "[" * 300,
        "{'a': " * 200,
        "\n" * 40,
        "é",
        "中",
        "한",
        "😀",
        "\r",
        "\u2028",
    ),
)


def mutated(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    """Change a file once to four times."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 4))):
        if content[:4] == b"PK\x03\x04" and draw.random() < 0.7:  # mostly within the archive
            content = _in_archive(content, others, draw)
        elif content[:8] == b"\x89PNG\r\n\x1a\n" and draw.random() < 0.6:
            content = _in_chunks(content, draw)
        elif _has_json_head(content) and draw.random() < 0.7:
            content = _in_head(content, draw)
        else:
            content = _plainly(content, others, draw)
    return content


def _plainly(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    is_text = b"\x00" not in content[:512]
    kind = draw.randrange(10)
    if kind >= 5 and is_text:
        return _in_lines(content, others, draw)
    data = bytearray(content)
    at = draw.randrange(len(data) + 1)
    length = min(len(data) - at, 1 << draw.randrange(8))
    match kind % 5:
        case 0 if data:
            data[at % len(data)] ^= 1 << draw.randrange(8)
        case 1:
            data[at : at + length] = bytes(draw.choices((0, 255, draw.randrange(256)), k=length))
        case 2:
            del data[at : at + length]
        case 3:
            data[at:at] = data[at : at + length] * draw.choice((1, 3))
        case _:
            form = draw.choice(("<i", ">i", "<q", "<H", "B"))
            number = draw.choice(_NUMBERS) % (1 << (8 * struct.calcsize(form) - 1))
            data[at : at + struct.calcsize(form)] = struct.pack(form, number)
    return bytes(data[: draw.randrange(len(data) + 1)]) if draw.random() < 0.05 else bytes(data)


def _in_lines(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    at = draw.randrange(len(lines))
    word = draw.choice(_WORDS).encode("utf-8", "surrogatepass")
    match draw.randrange(7):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[draw.randrange(len(lines))])
        case 2:
            other = draw.choice(others).splitlines(keepends=True) or [b""]
            first = draw.randrange(len(other))
            lines[at:at] = other[first : first + draw.choice((1, 1, 2, 8))]
        case 3:
            lines[at] = (
                lines[at][: draw.randrange(len(lines[at]) + 1)]
                + word
                + lines[at][draw.randrange(len(lines[at]) + 1) :]
            )
        case 4:
            number = str(draw.choice(_NUMBERS)).encode()
            spots = list(re.finditer(rb"\d+", lines[at]))
            if spots:
                spot = draw.choice(spots)
                lines[at] = lines[at][: spot.start()] + number + lines[at][spot.end() :]
        case 5:
            cells = re.split(rb"([|,;\t])", lines[at])
            cells[draw.randrange(len(cells))] = word
            lines[at] = b"".join(cells)
        case _:
            draw.shuffle(lines)
    return b"".join(lines)


def _in_archive(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    """Change, rename, double or leave out members of a zip, and its flags and methods."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            members = [(one.filename, opened.read(one)) for one in opened.infolist()]
    except Exception:  # it is broken already
        return _plainly(content, others, draw)
    if not members:
        return content
    at = draw.randrange(len(members))
    name, data = members[at]
    match draw.randrange(6):
        case 0:
            members[at] = (
                draw.choice((name + "x", "../" + name, "?", "y_test.npy", "a\nb.npy")),
                data,
            )
        case 1:
            members.append((name, data))
        case 2:
            del members[at]
        case 3:
            members[at] = (name, _in_array(data, draw))
        case _:
            members[at] = (name, _plainly(data, others, draw))
    packed = io.BytesIO()
    with zipfile.ZipFile(
        packed, "w", draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as made:
        for name, data in members:
            made.writestr(name, data)
    out = bytearray(packed.getvalue())
    if draw.random() < 0.3:  # flags, methods and sizes of the directory
        for spot in re.finditer(rb"PK\x01\x02", bytes(out)):
            out[spot.start() + draw.choice((6, 8, 10, 20, 24, 42))] ^= 1 << draw.randrange(8)
    return bytes(out)


def _in_array(data: bytes, draw: Random) -> bytes:
    """Give an array of numpy another shape or type in its head, of the same length."""
    found = re.search(rb"\{.*\}", data[:256], re.DOTALL)
    if found is None:
        return data
    kind = draw.choice(
        (
            "|u1",
            "<f4",
            "<f8",
            "|b1",
            "|O",
            "<c8",
            "<U3",
            "<M8[s]",
            "<i8",
            "|S1",
            "<f2",
            "|V4",
            ">i4",
        )
    )
    shape = tuple(draw.choice((*_NUMBERS[:10], 6, 12, 24)) for _ in range(draw.randrange(5)))
    head = f"{{'descr': '{kind}', 'fortran_order': {draw.random() < 0.5}, 'shape': {shape}, }}".encode()
    room = found.end() - found.start()
    return data[: found.start()] + head[:room].ljust(room) + data[found.end() :]


def _in_chunks(content: bytes, draw: Random) -> bytes:
    """Change a chunk of a PNG and put its sum right."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append([content[at + 4 : at + 8], content[at + 8 : at + 8 + length]])
        at += 12 + length
    if not chunks:
        return content
    one = draw.choice(chunks)
    match draw.randrange(4):
        case 0:
            one[1] = _plainly(one[1], [one[1]], draw)
        case 1:
            one[0] = draw.choice(
                (b"IDAT", b"PLTE", b"tRNS", b"iCCP", b"zTXt", b"eXIf", b"acTL", b"gAMA")
            )
        case 2:
            chunks.insert(draw.randrange(len(chunks)), list(one))
        case _:
            head = bytearray(chunks[0][1])
            spot = draw.randrange(max(1, len(head)))
            head[spot : spot + 1] = bytes([draw.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))])
            chunks[0][1] = bytes(head)
    parts = [content[:8]]
    for kind, data in chunks:
        parts.append(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )
    return b"".join(parts)


def _has_json_head(content: bytes) -> bool:
    return (
        len(content) > 9 and content[8:9] == b"{"
    )  # a length of eight bytes, as safetensors has it


def _in_head(content: bytes, draw: Random) -> bytes:
    """Change the head of a safetensors file, and put its length right."""
    (length,) = struct.unpack("<Q", content[:8])
    head, rest = content[8 : 8 + length], content[8 + length :]
    if draw.random() < 0.5:
        head = _in_lines(head.replace(b",", b",\n"), [head], draw)
    else:
        try:
            told = json.loads(head)
            _shake(told, draw)
            head = json.dumps(told).encode()
        except (ValueError, RecursionError):
            head = _plainly(head, [head], draw)
    return struct.pack("<Q", len(head)) + head + rest


def _shake(told: object, draw: Random) -> None:
    """Change one value somewhere within JSON."""
    values: tuple[object, ...] = (
        *_NUMBERS,
        None,
        True,
        "x",
        [],
        {},
        [[]],
        {"a": 1},
        1.5,
        "F8_E5M2",
        "C64",
        "BOOL",
        "F16",
        "I64",
    )
    match told:
        case dict() if told:
            name = draw.choice(list(told))
            if isinstance(told[name], dict | list) and told[name] and draw.random() < 0.8:
                _shake(told[name], draw)
            elif isinstance(told[name], str) and told[name][:1] == "{":
                try:
                    inner = json.loads(told[name])
                    _shake(inner, draw)
                    told[name] = json.dumps(inner)
                except (ValueError, RecursionError):
                    told[name] = "{"
            elif draw.random() < 0.2:
                del told[name]
            else:
                told[name] = draw.choice(values)
        case list() if told:
            at = draw.randrange(len(told))
            if isinstance(told[at], dict | list) and told[at]:
                _shake(told[at], draw)
            else:
                told[at] = draw.choice(values)
        case _:
            pass


def shaken_json(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    """Change one value of JSON, or its text."""
    if draw.random() < 0.6:
        try:
            told = json.loads(content)
            _shake(told, draw)
            return json.dumps(told).encode()
        except (ValueError, RecursionError):
            pass
    return _plainly(content, others, draw)
