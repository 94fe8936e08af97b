"""The commands that stand in a page of the documents, in fences and in running text."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PROGRAMS = ("siaga", "curl", "make", "docker", "kubectl", "python", "py-spy", "promtool", "amtool")


class Command(NamedTuple):
    """One line as written, and its words."""

    line: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.words[0]


def commands(page: str) -> list[Command]:
    """Return each command of a page once; a program's name by itself is none."""
    text = (ROOT / page).read_text()
    fenced = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    found = []
    for line in dict.fromkeys(one.strip() for one in [*fenced, *inline]):
        program, _, rest = line.partition(" ")
        if rest and (program in PROGRAMS or program.startswith("kafka-")):
            found.append(Command(line, tuple(shlex.split(line, comments=True))))
    return found
