"""Good input made bad: for hypothesis, which finds the smallest change that matters."""

from collections.abc import Sequence

from hypothesis import strategies as st


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """One of the seeds, with up to four runs of it flipped, cut out, doubled or replaced."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        match draw(st.sampled_from(("flip", "cut", "end", "double", "splice", "word"))):
            case "flip":
                mask = draw(st.integers(1, 255))
                run = bytes(byte ^ mask for byte in data[start:end])
                data = data[:start] + run + data[end:]
            case "cut":
                data = data[:start] + data[end:]
            case "end":
                data = data[:start]
            case "double":
                far = draw(st.integers(start, len(data)))
                data = data[:far] + data[start:far] + data[far:]
            case "splice":
                other = draw(st.sampled_from(seeds))
                data = data[:start] + other[draw(st.integers(0, len(other))) :]
            case "word" if words:
                data = data[:start] + draw(st.sampled_from(words)) + data[end:]
    return data
