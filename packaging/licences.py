"""Prints the licences of the libraries that the installed programs contain, as their authors wrote them."""

import json
import pathlib
import subprocess
import sys

PROGRAMS = {"binder", "chat-server", "chat-client", "conformance"}
NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def host():
    verbose = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    return next(line.split(": ")[1] for line in verbose.splitlines() if line.startswith("host: "))


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host()]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def contained(packages, nodes):
    """The packages that are compiled into the programs, not those that only build or test them."""
    waiting = [key for key, package in packages.items() if package["name"] in PROGRAMS and not package["source"]]
    found = set()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            for dependency in nodes[key]["deps"]:
                if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                    waiting.append(dependency["pkg"])
    # Without the project's own.
    return sorted((packages[key] for key in found if packages[key]["source"]), key=lambda package: package["name"])


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name.upper().startswith(NAMES))
    # Of licences among which one may choose, MIT's is the shortest.
    if "MIT" in package["license"].split(" OR "):
        files = [file for file in files if "MIT" in file.name.upper()] or files
    return [file.read_text(encoding="utf-8", errors="replace").strip() for file in files]


def main():
    everything = metadata()
    packages = {package["id"]: package for package in everything["packages"]}
    nodes = {node["id"]: node for node in everything["resolve"]["nodes"]}
    users = {}
    for package in contained(packages, nodes):
        name = f"{package['name']} {package['version']}: {package['license']}; {', '.join(package['authors'])}"
        print(name.removesuffix("; "))
        for text in texts(package):
            users.setdefault(text, []).append(package["name"])
    for text, names in users.items():
        print(f"\n{'=' * 80}\nThe licence of {', '.join(names)}:\n\n{text}")


sys.exit(main())
