"""Defects that no linter sees, and the test of the Rust code that does.

They are listed so that nobody trusts a linter with them, and so that the tests named are not deleted lightly. That each of them catches its defect was tried by hand.
"""

from mutant import in_state_machine, in_template

AGREEMENT = "tests/agreement.rs"
RESOURCES = "tests/template/resources.rs"
VERDICTS = (AGREEMENT, "every_verdict_of_the_code_has_its_way_in_the_state_machine_and_there_are_no_others")
TASKS = (AGREEMENT, "every_task_is_bounded_retried_with_jitter_and_caught")
POLL_RETRY = '"ResultPath": "$.poll",\n      "Retry": [\n        {\n          "ErrorEquals": ["Fatal"]'
SETTLED = '"Variable": "$.poll.verdict", "StringEquals": "Settled"'

DEFECTS = [
    (in_state_machine("a choice looks at another task", SETTLED, SETTLED.replace("poll", "scale")), VERDICTS),
    (in_state_machine("a verdict is misspelled", '"StringEquals": "Updating"', '"StringEquals": "Updated"'), VERDICTS),
    (in_state_machine("what is fatal is tried again", POLL_RETRY, POLL_RETRY.replace("Fatal", "States.ALL")), TASKS),
    (in_state_machine("a result replaces another", '"ResultPath": "$.poll"', '"ResultPath": "$.scale"'), TASKS),
    (
        in_template("a schedule is not aligned with the clock", "cron(0 * * * ? *)", "cron(0/60 * * * ? *)"),
        (RESOURCES, "the_heartbeat_is_aligned_with_the_clock"),
    ),
    (
        in_template("a mapping has no such column", "!Ref ScaleInUtilizationMetric, DemandIn]", "!Ref ScaleInUtilizationMetric, DemandInward]"),
        (RESOURCES, "the_alarms_of_every_family"),
    ),
]
