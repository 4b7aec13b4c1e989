"""Write the golden trace anew."""

from tests.golden import FILE, text, trace

FILE.write_text(text(trace()), encoding="utf-8")
print(f"written: {FILE}")
