"""Builds the release zip of the command kpu for one processor, reproducibly.

bundle_command.py PROCESSOR BINARY FOLDER
"""

import sys
import zipfile
from pathlib import Path

from bundle import ROOT, add, check_processor, version

README = """kpu {version} for Linux on {processor}

kpu is one file without dependencies. Put it into a folder of your PATH:
    install -m 755 kpu ~/.local/bin/kpu
    kpu simulate
    kpu doctor --stack NAME

Its reference is docs/reference/command.md in the zip of the autoscaler, kpu-autoscaler-{version}-{processor}.zip.
"""
# Source: the ELF specification for 64 bits, the program header that names the dynamic linker.
PT_INTERP = 3


def check_static(binary):
    """Exits if the binary needs the libraries of a system."""
    data = binary.read_bytes()
    start, size, count = (int.from_bytes(data[at:at + length], "little") for at, length in [(32, 8), (54, 2), (56, 2)])
    kinds = [int.from_bytes(data[at:at + 4], "little") for at in range(start, start + size * count, size)]
    if PT_INTERP in kinds:
        sys.exit(f"{binary} needs the libraries of a system; build it for a target with musl")


def bundle_command(processor, binary, folder):
    check_processor(processor, binary)
    check_static(binary)
    with zipfile.ZipFile(folder / f"kpu-{version()}-linux-{processor}.zip", "w") as archive:
        add(archive, "kpu", binary.read_bytes(), executable=True)
        add(archive, "README.txt", README.format(version=version(), processor=processor))
        add(archive, "LICENSE", (ROOT / "LICENSE").read_bytes())


if __name__ == "__main__":
    processor, binary, folder = sys.argv[1:]
    bundle_command(processor, Path(binary), Path(folder))
