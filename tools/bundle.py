"""Puts what is released for one processor into a zip, with the same bytes each time."""

import re
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The earliest time that a zip can state: when it was built says nothing.
TIME = (1980, 1, 1, 0, 0, 0)
# Source: the ELF specification, e_machine.
MACHINES = {"x86_64": 62, "arm64": 183}
README = """kpu-autoscaler {version} for {processor}

Deploy it, with the AWS SAM CLI:
    sam deploy --guided --template template.yaml --capabilities CAPABILITY_IAM
or with the AWS CLI and a bucket of yours:
    aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
    aws cloudformation deploy --template-file packaged.yaml --stack-name NAME \\
        --s3-bucket BUCKET --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides ApplicationName=APPLICATION
"""


def released_template(template, processor):
    """The template for functions that are built already: their zip instead of the sources, and no other processor."""
    # At each function, because the AWS CLI does not read SAM's Globals when it uploads what a template names.
    template = replaced(r"    CodeUri: \.\n", "", template, 1)
    template = replaced(r"(      Handler: [^\n]*\n)", r"\1      CodeUri: function.zip\n", template, 4)
    template = replaced(r"    Metadata: \{BuildMethod: [^\n]*\n", "", template, 4)
    choice = "    Default: arm64\n    AllowedValues: [arm64, x86_64]\n"
    return replaced(re.escape(choice), f"    Default: {processor}\n    AllowedValues: [{processor}]\n", template, 1)


def replaced(pattern, by, text, times):
    text, count = re.subn(pattern, by, text)
    if count != times:
        sys.exit(f"the template has {count} and not {times} of: {pattern}")
    return text


def add(archive, name, data, executable=False):
    entry = zipfile.ZipInfo(name, TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, data, compresslevel=9)


def check_processor(processor, bootstrap):
    """Refuses a binary that is none, or one for another processor."""
    header = bootstrap.read_bytes()[:20]
    machine = int.from_bytes(header[18:20], "little")
    if header[:4] != b"\x7fELF" or machine != MACHINES[processor]:
        sys.exit(f"{bootstrap} is no binary for {processor}")


def bundle(processor, bootstrap, folder):
    check_processor(processor, bootstrap)
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    function = folder / "function.zip"
    with zipfile.ZipFile(function, "w") as archive:
        add(archive, "bootstrap", bootstrap.read_bytes(), executable=True)
    with zipfile.ZipFile(folder / f"kpu-autoscaler-{version}-{processor}.zip", "w") as archive:
        add(archive, "template.yaml", released_template((ROOT / "template.yaml").read_text(), processor))
        definition = Path("statemachine") / "autoscaler.asl.json"
        add(archive, str(definition), (ROOT / definition).read_bytes())
        add(archive, "function.zip", function.read_bytes())
        add(archive, "README.txt", README.format(version=version, processor=processor))
        for name in ("LICENSE", "docs/parameters.md", "docs/telling.md", "docs/security.md", "docs/application-auto-scaling.md"):
            add(archive, name, (ROOT / name).read_bytes())
    function.unlink()


if __name__ == "__main__":
    bundle(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
