"""Who may include whom (docs/design/house.md). Prints every breach; exit status 1 if there is one."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
# From the ground up: a folder includes itself and what stands on an earlier line.
LAYERS = [
    {"telemetry", "config"},
    {"bus", "net", "store"},
    {"model", "auth"},
    {"api", "agent", "relay", "cluster", "takeover"},
    {"plugin"},
    {"app"},
]
# Within a layer: who may include a neighbour of its own line.
NEIGHBOURS = {("net", "bus"), ("store", "bus"), ("auth", "model"), ("relay", "agent")}
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp", ".h") and path.is_file():
                yield path


def included(path):
    return [match[2] for match in INCLUDE.finditer(path.read_text(encoding="utf-8"))]


def core_breaches(root):
    for path in sources(root, "core"):
        own = path.relative_to(root / "core").parts[0]
        for name in included(path):
            if name.startswith(("plugins/", "agent/", "tests/")):
                yield path, name, "core includes only core and the SDK"
            if not name.startswith("core/"):
                continue
            other = name.split("/")[1]
            if other == own or other not in LEVEL or own not in LEVEL:
                continue
            is_below = LEVEL[other] < LEVEL[own]
            if not is_below and (own, other) not in NEIGHBOURS:
                yield path, name, f"core/{own} stands below or beside core/{other}"


def outside_breaches(root):
    for path in sources(root, "sdk/include", "sdk/src"):
        for name in included(path):
            if name.startswith(("core/", "plugins/", "agent/")):
                yield path, name, "the SDK knows no part of Trellis"
            if "/wire/" in str(path) and name.startswith(("boost/", "Poco/", "trellis/sdk/")):
                yield path, name, "wire headers are for the agent, too"
    for path in sources(root, "agent"):
        for name in included(path):
            if name.startswith(("core/", "plugins/", "Poco/", "boost/", "trellis/sdk/")):
                yield path, name, "the agent knows the wire headers, Duktape and OpenSSL"
    for path in sources(root, "plugins"):
        own = path.relative_to(root / "plugins").parts[0]
        for name in included(path):
            other = re.match(r"plugins/([^/]+)/", name)
            if name.startswith(("core/", "agent/")) or (other and other[1] != own):
                yield path, name, "a plugin knows the SDK only"
            if ".." in pathlib.PurePosixPath(name).parts:
                yield path, name, "no way out of the plugin's folder"


def own_header_breaches(root):
    for path in sources(root, "core", "sdk/src", "agent"):
        header = path.with_suffix(".hpp")
        if path.suffix != ".cpp" or not header.is_file():
            continue
        names = included(path)
        if not names or not names[0].endswith(header.name):
            yield path, header.name, "its own header comes first, so that it compiles alone"


def main():
    root = pathlib.Path(sys.argv[1])
    breaches = [*core_breaches(root), *outside_breaches(root), *own_header_breaches(root)]
    for path, name, why in breaches:
        print(f"{path.relative_to(root)}: includes {name}: {why}")
    return 1 if breaches else 0


sys.exit(main())
