"""Builds the release zip for one processor, reproducibly: templates, state machine, the zips of the functions and the documentation.

bundle.py PROCESSOR BINARY_OF_THE_TASKS BINARY_OF_THE_SCALABLE_TARGET_API FOLDER
"""

import re
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The earliest time in a zip. A fixed time makes the zip reproducible.
TIME = (1980, 1, 1, 0, 0, 0)
# Source: the ELF specification, e_machine.
MACHINES = {"x86_64": 62, "arm64": 183}
# Each template with functions, the zip of its functions with the size limit in bytes, and the number of its functions. A larger zip takes
# longer to start.
FUNCTIONS = {
    "template.yaml": ("function.zip", 3_000_000, 3),
    "scalable-target.yaml": ("scalable-target.zip", 3_000_000, 1),
}
# The pages and their pictures. Their links lead to each other, as in the repository.
PAGES = ("dashboard.yaml", "LICENSE", "README.md", "CHANGELOG.md", "docs/**/*.md", "docs/images/*")
README = """kpu-autoscaler {version} for {processor}

Deploy it, with the AWS SAM CLI:
    sam deploy --guided --template template.yaml --capabilities CAPABILITY_IAM
or with the AWS CLI and a bucket of yours:
    aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
    aws cloudformation deploy --template-file packaged.yaml --stack-name NAME \\
        --s3-bucket BUCKET --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides ApplicationName=APPLICATION

scalable-target.yaml is a second stack for policies of Application Auto Scaling: docs/how-to/migrate-from-application-auto-scaling.md.
dashboard.yaml is a second stack with a CloudWatch dashboard: docs/how-to/use-the-dashboard.md.
The documentation begins in docs/README.md. The command kpu, for simulations and for deployed stacks, is in a zip of its own: docs/how-to/install-the-command.md.
"""


def released_template(template, processor, function, count):
    """Returns the template with the zip of the functions in place of the sources, for one processor."""
    # At each function, because the AWS CLI does not read SAM's Globals when it uploads the files of a template.
    template = replaced(r"    CodeUri: \.\n", "", template, 1)
    template = replaced(r"(      Handler: [^\n]*\n)", rf"\1      CodeUri: {function}\n", template, count)
    template = replaced(r"    Metadata: \{BuildMethod: [^\n]*\n", "", template, count)
    choice = "    Default: arm64\n    AllowedValues: [arm64, x86_64]\n"
    return replaced(re.escape(choice), f"    Default: {processor}\n    AllowedValues: [{processor}]\n", template, 1)


def replaced(pattern, by, text, times):
    text, count = re.subn(pattern, by, text)
    if count != times:
        sys.exit(f"the template has {count} matches instead of {times} of the pattern {pattern}; change the pattern in tools/bundle.py")
    return text


def add(archive, name, data, executable=False):
    entry = zipfile.ZipInfo(name, TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, data, compresslevel=9)


def check_processor(processor, bootstrap):
    """Exits if the file is not a binary for the processor."""
    header = bootstrap.read_bytes()[:20]
    machine = int.from_bytes(header[18:20], "little")
    if header[:4] != b"\x7fELF" or machine != MACHINES[processor]:
        sys.exit(f"{bootstrap} is not a binary for {processor}; build it again")


def version():
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def bundle(processor, binaries, folder):
    with zipfile.ZipFile(folder / f"kpu-autoscaler-{version()}-{processor}.zip", "w") as archive:
        for binary, (template, (name, limit, count)) in zip(binaries, FUNCTIONS.items(), strict=True):
            add(archive, template, released_template((ROOT / template).read_text(), processor, name, count))
            add(archive, name, function_zip(processor, binary, folder / name, limit))
        definition = Path("statemachine") / "autoscaler.asl.json"
        add(archive, str(definition), (ROOT / definition).read_bytes())
        add(archive, "README.txt", README.format(version=version(), processor=processor))
        for page in sorted(page for pattern in PAGES for page in ROOT.glob(pattern)):
            add(archive, str(page.relative_to(ROOT)), page.read_bytes())


def function_zip(processor, binary, path, limit):
    """Returns the bytes of a function's zip for Lambda."""
    check_processor(processor, binary)
    with zipfile.ZipFile(path, "w") as archive:
        add(archive, "bootstrap", binary.read_bytes(), executable=True)
    data = path.read_bytes()
    path.unlink()
    print(f"{path.name} for {processor}: {len(data)} bytes")
    if len(data) > limit:
        sys.exit(f"{path.name} has {len(data)} bytes, more than the limit of {limit}; make the binary smaller, or raise the limit in tools/bundle.py")
    return data


if __name__ == "__main__":
    processor, *binaries, folder = sys.argv[1:]
    bundle(processor, [Path(binary) for binary in binaries], Path(folder))
