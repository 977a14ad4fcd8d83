"""Renders the files as they are deployed: the state machine with values in it, and the templates as SAM transforms them."""

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
    """The state machine with an ARN or a number wherever a placeholder stands."""

    def value(placeholder):
        return FUNCTION_ARN if placeholder[1].endswith("Arn") else "5"

    return json.loads(PLACEHOLDER.sub(value, definition(folder)))


def placeholders(folder):
    """The names of the values that the state machine asks for."""
    return set(PLACEHOLDER.findall(definition(folder)))


def substitutions(folder):
    """The names of the values that the template gives it."""
    [machine] = of_kind("AWS::Serverless::StateMachine", source(folder, "template.yaml")).values()
    return set(machine["DefinitionSubstitutions"])


def templates(folder):
    """The resources of all templates in one, as if they were one stack."""
    rendered = [template(folder, file)["Resources"] for file in SAM_TEMPLATES] + [source(folder, "dashboard.yaml")["Resources"]]
    resources = {name: resource for each in rendered for name, resource in each.items()}
    assert len(resources) == sum(map(len, rendered)), "two templates give one name to two resources"
    return {"Resources": resources}


def template(folder, file):
    """A template as SAM transforms it, with the resources that SAM adds, and with the state machine in it."""
    # The translator asks the session for nothing but the region.
    translator = Translator({}, Parser(), boto_session=Session(region_name=REGION))
    translated = translator.translate(packaged(source(folder, file)), parameter_values={"Architecture": "arm64"})
    # They are published nowhere; but metrics that are not are warned of.
    translator.metrics.publish()
    for machine in of_kind("AWS::StepFunctions::StateMachine", translated).values():
        # As an object, because cfn-lint does not look into a text that is joined from lines, which SAM would make of it.
        del machine["DefinitionS3Location"]
        machine["Definition"] = state_machine(folder)
    return translated


def packaged(source):
    """The template with places in a bucket instead of paths, as it is once what they name is built and uploaded."""
    source["Globals"]["Function"]["CodeUri"] = BUILT
    for machine in of_kind("AWS::Serverless::StateMachine", source).values():
        machine["DefinitionUri"] = BUILT
    return source


def definition(folder):
    return (folder / "statemachine" / "autoscaler.asl.json").read_text()


def source(folder, file):
    return yaml_parse((folder / file).read_text())


def of_kind(kind, template):
    """The properties of the resources of a kind, by name."""
    resources = template["Resources"].items()
    return {name: resource["Properties"] for name, resource in resources if resource["Type"] == kind}
