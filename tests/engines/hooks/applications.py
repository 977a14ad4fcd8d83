"""Applications: an update takes time, is an operation that can be listed and described, and may fail.

MiniStack settles an update at the next read, and has neither operations nor earlier versions. Two tags control an update of
an application, also while it is under way: `update` is `succeeds` (the default), `stops` (the update fails and leaves the application
stopped, as without system rollback) or `rolls-back`; `seconds` is the duration.

The waits of the state machine are shortened. To match, durations of updates are reported longer by the same factor, and all
times of operations as `EARLIER` seconds before: the cooldown has passed at the end of the shortened wait.
"""

import copy
import os
import time

from ministack.core.responses import json_response
from ministack.services import kinesisanalyticsv2 as service

EARLIER = 900
SECONDS = 0.5
WAIT_SCALE = float(os.environ["SFN_WAIT_SCALE"])

operations = {}
versions = {}


def install():
    settle, update, detail = service._settle, service.update_application, service.application_detail

    def settle_in_time(record):
        newest = (operations.get(record["ApplicationName"]) or [None])[-1]
        if newest is None or newest["OperationStatus"] != "IN_PROGRESS":
            return settle(record)
        if time.time() >= newest["StartTime"] + float(steering(record).get("seconds", SECONDS)):
            end(record, newest)

    def remember(record):
        known = versions.setdefault(record["ApplicationName"], {})
        known.setdefault(record["ApplicationVersionId"], copy.deepcopy(record))

    def update_in_time(data):
        record = service._applications.get(data.get("ApplicationName"))
        running = record is not None and record["ApplicationStatus"] == "RUNNING"
        if running:
            remember(record)
        status, headers, body = update(data)
        if status == 200 and running:
            remember(record)
            begin(record, service.json.loads(body)["OperationId"])
        return status, headers, body

    def earlier_detail(record):
        described = detail(record)
        described["LastUpdateTimestamp"] -= EARLIER
        return described

    service._settle = settle_in_time
    service.application_detail = earlier_detail
    service.update_application = update_in_time
    service._HANDLERS.update({
        "UpdateApplication": update_in_time,
        "ListApplicationOperations": list_operations,
        "DescribeApplicationOperation": describe_operation,
        "DescribeApplicationVersion": describe_version,
    })


def steering(record):
    return service._tags.get(record["ApplicationARN"]) or {}


def begin(record, operation_id):
    version = record["ApplicationVersionId"]
    operations.setdefault(record["ApplicationName"], []).append({
        "OperationId": operation_id, "Operation": "UpdateApplication", "OperationStatus": "IN_PROGRESS",
        "StartTime": time.time(), "EndTime": None, "versions": (version - 1, version),
        "rolled_back_by": None,
    })


def end(record, operation):
    becomes = steering(record).get("update", "succeeds")
    operation["OperationStatus"] = "SUCCESSFUL" if becomes == "succeeds" else "FAILED"
    operation["EndTime"] = time.time()
    record["ApplicationStatus"] = "READY" if becomes == "stops" else "RUNNING"
    if becomes == "rolls-back":
        before, _ = operation["versions"]
        record["_Configuration"] = copy.deepcopy(versions[record["ApplicationName"]][before]["_Configuration"])
        service._bump_version(record)
        operation["rolled_back_by"] = service._new_token()


def end_in_progress(record, succeeded):
    """Ends the running operation of an application whose data plane has settled; see tests/flink/plane.py."""
    newest = (operations.get(record["ApplicationName"]) or [None])[-1]
    if newest and newest["OperationStatus"] == "IN_PROGRESS":
        newest.update(OperationStatus="SUCCESSFUL" if succeeded else "FAILED", EndTime=time.time())


def shown(operation):
    known = {name: operation[name] for name in ("Operation", "OperationId", "OperationStatus")}
    begun, ended = operation["StartTime"], operation["EndTime"]
    if ended is None:
        return {**known, "StartTime": begun - EARLIER}
    return {**known, "StartTime": ended - EARLIER - (ended - begun) / WAIT_SCALE, "EndTime": ended - EARLIER}


def list_operations(data):
    name = data["ApplicationName"]
    if service._get(name) is None:
        return service._not_found(name)
    return json_response({"ApplicationOperationInfoList": [shown(each) for each in reversed(operations.get(name, []))]})


def describe_operation(data):
    name = data["ApplicationName"]
    found = [each for each in operations.get(name, []) if each["OperationId"] == data["OperationId"]]
    if service._get(name) is None or not found:
        return service._error("ResourceNotFoundException", "the operation does not exist")
    details = shown(found[0])
    details.pop("OperationId")
    details.setdefault("EndTime", 0)
    before, after = found[0]["versions"]
    details["ApplicationVersionChangeDetails"] = {
        "ApplicationVersionUpdatedFrom": before, "ApplicationVersionUpdatedTo": after}
    if found[0]["OperationStatus"] == "FAILED":
        failure = {"ErrorInfo": {"ErrorString": "the job could not be started"}}
        if found[0]["rolled_back_by"]:
            failure["RollbackOperationId"] = found[0]["rolled_back_by"]
        details["OperationFailureDetails"] = failure
    return json_response({"ApplicationOperationInfoDetails": details})


def describe_version(data):
    name = data["ApplicationName"]
    record = versions.get(name, {}).get(data["ApplicationVersionId"])
    if record is None:
        return service._error("ResourceNotFoundException", "the version does not exist")
    return json_response({"ApplicationVersionDetail": service.application_detail(record)})
