"""Prints a Stan program with its array declarations as Stan 2.21 reads them: `array[N] real a, b;` becomes
`real a[N]; real b[N];`. For the benchmark programs: declarations that end on their line, one a line."""
import re
import sys

DECLARATION = re.compile(
    r"^(?P<indent>\s*)(?:array\[(?P<sizes>[^\]]*)\]\s*)?"
    r"(?P<type>(?:int|real|vector|row_vector|matrix|simplex|ordered)(?:<[^>]*>)?(?:\[[^\]]*\])?)\s+"
    r"(?P<names>[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*)\s*;(?P<rest>.*)$")


def old_syntax(line):
    found = DECLARATION.match(line)
    if not found:
        return line
    sizes = "[%s]" % found["sizes"] if found["sizes"] else ""
    names = re.split(r"\s*,\s*", found["names"])
    return " ".join("%s%s %s%s;" % (found["indent"], found["type"], name, sizes) for name in names) + found["rest"]


for text in open(sys.argv[1], encoding="utf-8").read().splitlines():
    print(old_syntax(text))
