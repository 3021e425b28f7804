#!/usr/bin/env python3
"""Runs the ```sh blocks of a page, in order, in one shell and an empty folder.

usage: snippets.py <page.md> <folder> <prefix>   (prefix: becomes $TRELLIS)
Blocks of other languages are not run. Prints the line where it went wrong.
"""
import os
import re
import shutil
import subprocess
import sys


def blocks(text):
    for match in re.finditer(r"^```sh\n(.*?)^```$", text, re.S | re.M):
        yield text[: match.start()].count("\n") + 2, match.group(1)


def main(page, folder, prefix):
    with open(page, encoding="utf-8") as file:
        found = list(blocks(file.read()))
    if not found:
        sys.exit(f"{page}: no sh blocks")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    script = "set -e\n"
    for line, body in found:
        script += f"echo '# line {line}'\n{body}"
    result = subprocess.run(["bash", "-c", script], cwd=folder, text=True, timeout=280, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env={**os.environ, "TRELLIS": prefix})
    print(result.stdout)
    if result.returncode != 0:
        sys.exit(f"{page}: the block after the last '# line' failed with {result.returncode}")


if __name__ == "__main__":
    main(*sys.argv[1:])
