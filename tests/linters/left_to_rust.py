"""Defects that no linter finds, each with the Rust test that finds it.

The list shows the limits of the linters, and protects the named tests from deletion. Each test was seen to fail on its defect.
"""

from mutant import in_state_machine, in_template

AGREEMENT = "tests/agreement.rs"
RESOURCES = "tests/template/resources.rs"
VERDICTS = (AGREEMENT, "the_state_machine_handles_exactly_the_verdicts_of_the_code")
TASKS = (AGREEMENT, "every_task_is_bounded_retried_with_jitter_and_caught")
POLL_RETRY = '"ResultPath": "$.poll",\n      "Retry": [\n        {\n          "ErrorEquals": ["Fatal"]'
SETTLED = '"Variable": "$.poll.verdict", "StringEquals": "Settled"'

DEFECTS = [
    (in_state_machine("a choice reads another task", SETTLED, SETTLED.replace("poll", "scale")), VERDICTS),
    (in_state_machine("a verdict is misspelled", '"StringEquals": "Updating"', '"StringEquals": "Updated"'), VERDICTS),
    (in_state_machine("a fatal error is retried", POLL_RETRY, POLL_RETRY.replace("Fatal", "States.ALL")), TASKS),
    (in_state_machine("a result replaces another", '"ResultPath": "$.poll"', '"ResultPath": "$.scale"'), TASKS),
    (
        in_template("a schedule is not aligned with the clock", "cron(0 * * * ? *)", "cron(0/60 * * * ? *)"),
        (RESOURCES, "the_heartbeat_is_aligned_with_the_clock"),
    ),
    (
        in_template("a column of a mapping does not exist", "!Ref ScaleInUtilizationMetric, DemandIn]", "!Ref ScaleInUtilizationMetric, DemandInward]"),
        (RESOURCES, "the_alarms_of_every_family"),
    ),
]
