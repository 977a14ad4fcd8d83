"""Defects of the state machine."""

from mutant import in_state_machine

AWAIT_UPDATE = '"SecondsPath": "$.scale.waitSeconds"'
GRACE_PERIOD = '"SecondsPath": "$.check.graceSeconds"'
POLL_RATE = '"BackoffRate": 2,\n          "MaxAttempts": 60'
POLL_CATCH = '"Next": "TaskFailed"}\n      ],\n      "Next": "IsSettled"'
OVERDUE = 'The next heartbeat starts another execution.",\n      "Type": "Succeed"'
SETTLED = '"Variable": "$.poll.verdict", "StringEquals": "Settled"'

MUTANTS = [
    in_state_machine(
        "the next state of a task is missing", '"Next": "IsCalledFor"', '"Next": "IsRingin"',
        statelint='No state found named "IsRingin"',
    ),
    in_state_machine(
        "the next state of a choice is missing", '"Breaching", "Next": "Scale"', '"Breaching", "Next": "Scales"',
        statelint='No state found named "Scales"',
    ),
    in_state_machine(
        "the default of a choice is missing", '"Default": "AwaitSettling"', '"Default": "AwaitSettlin"',
        statelint='No state found named "AwaitSettlin"',
    ),
    in_state_machine(
        "the next state of a catcher is missing", POLL_CATCH, POLL_CATCH.replace("Failed", "Fail"),
        statelint='No state found named "TaskFail"',
    ),
    in_state_machine(
        "the first state is missing", '"StartAt": "Check"', '"StartAt": "Chek"',
        statelint="StartAt value Chek not found", cfn_lint_after_sam="Missing 'Next' target 'Chek'",
    ),
    in_state_machine(
        "a state cannot be reached", '"Superseded", "Next": "Superseded"', '"Superseded", "Next": "GracePeriod"',
        statelint="No transition found to state State Machine.Superseded",
    ),
    in_state_machine(
        "a state has an unknown field", GRACE_PERIOD, GRACE_PERIOD + ', "Unit": "seconds"',
        statelint='Field "Unit" not allowed',
    ),
    in_state_machine(
        "a wait has no time", GRACE_PERIOD, '"Comment": "Wait."',
        statelint="GracePeriod does not have required field",
    ),
    in_state_machine(
        "a wait has two times", AWAIT_UPDATE, AWAIT_UPDATE + ', "Seconds": 5',
        statelint="AwaitUpdate may have only one of",
    ),
    in_state_machine(
        "the seconds to wait are text", AWAIT_UPDATE, '"Seconds": "5"',
        statelint='Seconds is "5" but should be an Integer',
    ),
    in_state_machine(
        "a number of attempts is negative", '"MaxAttempts": 60', '"MaxAttempts": -1',
        statelint="MaxAttempts is -1",
    ),
    in_state_machine(
        "the backoff rate is below one", POLL_RATE, POLL_RATE.replace("2", "0.5"),
        statelint="BackoffRate is 0.5 but allowed floor is 1",
    ),
    in_state_machine(
        "the backoff rate is text", POLL_RATE, POLL_RATE.replace("2", '"2"'),
        statelint='BackoffRate is "2" but should be a Float',
    ),
    in_state_machine(
        "the timeout of the machine is zero", '"TimeoutSeconds": 259200', '"TimeoutSeconds": 0',
        statelint="TimeoutSeconds is 0 but allowed floor is 0",
    ),
    in_state_machine(
        "a state uses JSONata in a machine with JSONPath",
        GRACE_PERIOD, '"QueryLanguage": "JSONata", ' + GRACE_PERIOD,
        statelint='Field "SecondsPath" not allowed',
    ),
    in_state_machine(
        "the machine declares JSONata and uses JSONPath",
        '"StartAt": "Check"', '"QueryLanguage": "JSONata", "StartAt": "Check"',
        statelint='Field "Parameters" not allowed', cfn_lint_after_sam="'Parameters' was unexpected",
    ),
    in_state_machine(
        "a cause is not a path", '"CausePath": "$.error.Cause"', '"CausePath": "error.Cause"',
        statelint='CausePath is "error.Cause"',
    ),
    in_state_machine(
        "a result path is not a path", '"ResultPath": "$.poll"', '"ResultPath": "poll"',
        statelint='ResultPath is "poll"',
    ),
    in_state_machine(
        "the variable of a choice is not a path", SETTLED, SETTLED.replace("$.poll", "poll"),
        cfn_lint_after_sam="'poll.verdict' does not match",
    ),
    in_state_machine(
        "a parameter is not a path", '"execution.$": "$$.Execution.Id"', '"execution.$": "Execution.Id"',
        statelint='Field "execution.$" of Parameters',
    ),
    in_state_machine(
        "the type of a state is unknown", OVERDUE, OVERDUE.replace("Succeed", "Success"),
        statelint='Type is "Success"',
    ),
    in_state_machine(
        "a failure has two causes", '"Error": "TaskFailed"', '"Error": "TaskFailed", "Cause": "unknown"',
        statelint='TaskFailed may have only one of ["Cause", "CausePath"]',
    ),
    in_state_machine(
        "a task has no next state", ',\n      "Next": "IsSettled"', "",
        statelint='Poll does not have required field "Next"',
    ),
    in_state_machine(
        "a task has no resource", '"Resource": "${PollFunctionArn}",\n', "",
        cfn_lint_after_sam="'Resource' is a required property", placeholders="PollFunctionArn",
    ),
    in_state_machine(
        "a comparison is unknown", '"StringEquals": "Settled"', '"StringEqual": "Settled"',
        statelint='Field "StringEqual" not allowed',
    ),
    in_state_machine(
        "a text is compared with a number", '"StringEquals": "Settled"', '"StringEquals": 5',
        statelint="StringEquals is 5 but should be a String",
    ),
    in_state_machine(
        "a placeholder is misspelled", "${MinKpu}", "${MinKPU}",
        placeholders="MinKPU: add it to DefinitionSubstitutions",
    ),
]
