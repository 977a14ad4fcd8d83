"""An earlier version of this product, derived from the packaged one. The clone of CI may have no history, and there is no release yet."""

import io
import json
import zipfile

import boto3
import yaml
from engine import ROOT

BUCKET = "templates"
# The parameter that the earlier version lacks, and the parameter that it has and this version lacks.
NEW_PARAMETER, GONE_PARAMETER = "LagObjectiveSeconds", "ReversalWindowMinutes"
# The alarm that the earlier version lacks.
NEW_ALARM = "UnreadableAlarm"
# A parameter with another default in the earlier version.
CHANGED_DEFAULT = ("PollIntervalSeconds", 20)


def earlier(template):
    """Uploads an earlier version of the packaged template at this URL, and returns its URL.

    It differs in parameters, in a default, in the policy of the state machine, in an alarm, and in the code of the functions.
    """
    bucket = boto3.client("s3")
    read = lambda name, key: bucket.get_object(Bucket=name, Key=key)["Body"].read()
    made = yaml.safe_load(read(BUCKET, template.rsplit("/", 1)[1]))
    resources, parameters = made["Resources"], made["Parameters"]
    del resources[NEW_ALARM], parameters[NEW_PARAMETER]
    parameters[GONE_PARAMETER] = {"Type": "Number", "Default": 0}
    name, default = CHANGED_DEFAULT
    assert parameters[name]["Default"] != default
    parameters[name]["Default"] = default

    machine = resources["StateMachine"]["Properties"]
    del machine["DefinitionSubstitutions"][NEW_PARAMETER]
    machine["DefinitionSubstitutions"][GONE_PARAMETER] = {"Ref": GONE_PARAMETER}
    definition = json.loads((ROOT / "statemachine" / "autoscaler.asl.json").read_text())
    policy = definition["States"]["Check"]["Parameters"]["policy"]
    del policy[NEW_PARAMETER]
    policy[GONE_PARAMETER] = f"${{{GONE_PARAMETER}}}"
    bucket.put_object(Bucket=BUCKET, Key="earlier.asl.json", Body=json.dumps(definition).encode())
    machine["DefinitionUri"] = f"s3://{BUCKET}/earlier.asl.json"

    functions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Serverless::Function"]
    code = io.BytesIO(read(*functions[0]["CodeUri"].removeprefix("s3://").split("/", 1)))
    with zipfile.ZipFile(code, "a") as archive:
        archive.writestr("version", "earlier")
    bucket.put_object(Bucket=BUCKET, Key="earlier.zip", Body=code.getvalue())
    for function in functions:
        function["CodeUri"] = f"s3://{BUCKET}/earlier.zip"

    bucket.put_object(Bucket=BUCKET, Key="earlier.yaml", Body=yaml.safe_dump(made).encode())
    return f"https://s3.eu-central-1.amazonaws.com/{BUCKET}/earlier.yaml"
