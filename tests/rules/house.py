"""The house reads well: a README opens each folder, core names no plugin, sizes stay in reach."""
import pathlib
import re
import sys

MAX_LINES = 600
# Plugins whose id is a word of the wire as well, here a column of reports: the bare word says nothing.
WIRE_WORDS = {"twofactor"}


def readmes(root):
    for parent in ("core", "agent"):
        for folder in sorted((root / parent).iterdir()):
            if folder.is_dir() and any(folder.rglob("*.cpp")):
                # agent/platform holds one folder per system; its own README covers them.
                if not any(folder.glob("README.md")) and not any(folder.glob("*/README.md")):
                    yield f"{folder.relative_to(root)}: has no README.md"
    for folder in ("sdk", "sdk/src/wire"):
        if not (root / folder / "README.md").is_file():
            yield f"{folder}: has no README.md"


def plugin_names(root):
    ids = [path.parent.name for path in (root / "plugins").glob("*/plugin.yaml")]
    if not ids:
        return
    # "files" is a command of the wire and a unit as well: of it only commands and paths tell.
    words = {"files"}
    alone = [re.escape(name) for name in ids if name not in words]
    named = re.compile(r'"(%s)(["./])|"(%s)[./]|plugins/(%s)\b'
                       % ("|".join(alone), "|".join(words), "|".join(words)))
    for path in sorted((root / "core").rglob("*.[ch]pp")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = [match for match in named.finditer(line)
                     if match[2] != '"' or match[1] not in WIRE_WORDS]
            if found:
                yield f"{path.relative_to(root)}:{number}: names a plugin: {line.strip()}"


def sizes(root):
    for folder in ("core", "sdk", "agent", "plugins", "web/src"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".cpp", ".hpp", ".ts", ".js") or "node_modules" in path.parts:
                continue
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > MAX_LINES:
                yield f"{path.relative_to(root)}: {lines} lines (look for the second idea in it)"


def main():
    root = pathlib.Path(sys.argv[1])
    faults = [*readmes(root), *plugin_names(root), *sizes(root)]
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
