"""Renders the deployed files: the state machine with values, and the templates after the SAM transform."""

import json
import re

from boto3 import Session
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

SAM_TEMPLATES = ["template.yaml", "scalable-target.yaml"]
TEMPLATES = [*SAM_TEMPLATES, "dashboard.yaml"]
REGION = "eu-central-1"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:111122223333:function:task"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
BUILT = {"Bucket": "built", "Key": "artifact"}


def state_machine(folder):
    """Returns the state machine with an ARN or a number in place of each placeholder."""

    def value(placeholder):
        return FUNCTION_ARN if placeholder[1].endswith("Arn") else "5"

    return json.loads(PLACEHOLDER.sub(value, definition(folder)))


def placeholders(folder):
    """Returns the names of the placeholders in the state machine."""
    return set(PLACEHOLDER.findall(definition(folder)))


def substitutions(folder):
    """Returns the names of the substitutions in the template."""
    return set(of_kind("AWS::Serverless::StateMachine", source(folder, "template.yaml"))["StateMachine"]["DefinitionSubstitutions"])


def templates(folder):
    """Returns the resources of all templates, as if they were one stack."""
    rendered = [template(folder, file)["Resources"] for file in SAM_TEMPLATES] + [source(folder, "dashboard.yaml")["Resources"]]
    resources = {name: resource for each in rendered for name, resource in each.items()}
    assert len(resources) == sum(map(len, rendered)), "two templates use the same name for a resource"
    return {"Resources": resources}


def template(folder, file):
    """Returns a template after the SAM transform, with the resources that SAM adds and with the state machine."""
    # The translator reads only the region of the session.
    translator = Translator({}, Parser(), boto_session=Session(region_name=REGION))
    translated = translator.translate(packaged(source(folder, file)), parameter_values={"Architecture": "arm64"})
    # This publishes nothing. It avoids a warning about unpublished metrics.
    translator.metrics.publish()
    for machine in of_kind("AWS::StepFunctions::StateMachine", translated).values():
        # As an object, because cfn-lint does not read the joined text that SAM would make.
        if "DefinitionString" in machine:
            machine["Definition"] = json.loads("\n".join(machine.pop("DefinitionString")["Fn::Join"][1]))
        else:
            del machine["DefinitionS3Location"]
            machine["Definition"] = state_machine(folder)
    return translated


def packaged(source):
    """Replaces the paths in the template with places in a bucket, as after the upload of the built files."""
    source["Globals"]["Function"]["CodeUri"] = BUILT
    for machine in of_kind("AWS::Serverless::StateMachine", source).values():
        if "DefinitionUri" in machine:
            machine["DefinitionUri"] = BUILT
    return source


def definition(folder):
    return (folder / "statemachine" / "autoscaler.asl.json").read_text()


def source(folder, file):
    return yaml_parse((folder / file).read_text())


def of_kind(kind, template):
    """Returns the properties of the resources of a kind, by name."""
    resources = template["Resources"].items()
    return {name: resource["Properties"] for name, resource in resources if resource["Type"] == kind}
