"""Bytes that are no text, the first few of them. Pure."""

WIDTH = 16
SHOWN = 128


def hexdump(data: bytes, shown: int = SHOWN) -> list[str]:
    """Lines of offset, hex and ASCII; the last says how much was left out."""
    lines = []
    for offset in range(0, min(len(data), shown), WIDTH):
        row = data[offset : min(offset + WIDTH, shown)]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        left, right = row[: WIDTH // 2].hex(" "), row[WIDTH // 2 :].hex(" ")
        lines.append(f"{offset:08x}  {left:<23}  {right:<23}  {text}")
    if len(data) > shown:
        lines.append(f"... {len(data) - shown:,} bytes more")
    return lines
