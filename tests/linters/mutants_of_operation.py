"""Defects of the template that CloudFormation accepts, and that lose an event, an alarm, a log or its secrecy."""

from mutant import guarded, in_template

KEY = "KmsKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]\n"
MASTER_KEY = "      KmsMasterKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]\n"
RETENTION = "      RetentionInDays: !Ref LogRetentionDays\n"
MACHINE_LOGS_NAME = '      LogGroupName: !Sub "/aws/vendedlogs/states/${AWS::StackName}"\n'
QUEUE_SSE = "      SqsManagedSseEnabled: !If [HasKey, !Ref AWS::NoValue, true]\n"
QUEUE_DAYS = "      MessageRetentionPeriod: 1209600\n"
TELL_INPUT = "          InputPath: $.detail.message\n"
DEAD_LETTERS = "DeadLetterConfig: {Arn: !GetAtt DeadLetterQueue.Arn}\n"
RULE_RETRY = "RetryPolicy: {MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 10}\n"
SCHEDULE_RETRY = "RetryPolicy: {MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 3}\n"
HEARTBEAT_INPUT = '        Input: "{}"\n        '
NO_RUNS_GAP = "      TreatMissingData: missing\n"
ACTIONS = "      AlarmActions: [!If [OwnTopic, !Ref Topic, !Ref NotificationTopicArn]]\n"
POLL = "      Handler: poll\n"
POLL_LOGS = POLL + "      LoggingConfig: {LogFormat: JSON, LogGroup: !Ref FunctionLogs}\n"
LOGGING = """      Logging:
        Level: ERROR
        IncludeExecutionData: true
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt StateMachineLogs.Arn}}]
"""

MUTANTS = [
    guarded("log_groups_have_a_retention", "a log is kept for ever", RETENTION + "\n  # ---- Notifications", "\n  # ---- Notifications"),
    guarded("log_groups_take_the_key", "a log has no key", f"{MACHINE_LOGS_NAME}      {KEY}", MACHINE_LOGS_NAME),
    guarded(
        "queues_are_encrypted", "a queue is in the clear without a key",
        QUEUE_SSE, QUEUE_SSE.replace("true", "false"),
    ),
    guarded("queues_are_encrypted", "a queue is in the clear with a key", MASTER_KEY + QUEUE_DAYS, QUEUE_DAYS),
    guarded(
        "topics_take_the_key", "a topic has no key",
        MASTER_KEY + "\n  TopicPolicy", "      DisplayName: Scaled\n\n  TopicPolicy",
    ),
    guarded(
        "targets_of_rules_have_a_dead_letter_queue", "what cannot be told is lost",
        TELL_INPUT + "          " + DEAD_LETTERS, TELL_INPUT,
    ),
    guarded(
        "targets_of_rules_have_a_dead_letter_queue", "dead letters go to something else",
        TELL_INPUT + "          " + DEAD_LETTERS,
        TELL_INPUT + "          " + DEAD_LETTERS.replace("DeadLetterQueue", "StateMachine"),
    ),
    guarded("targets_of_rules_say_how_long_to_retry", "a rule tries for a day", "          " + RULE_RETRY, ""),
    guarded(
        "targets_of_rules_say_how_long_to_retry", "a rule tries for as long as it likes",
        RULE_RETRY, "RetryPolicy: {MaximumRetryAttempts: 10}\n",
    ),
    guarded(
        "targets_of_rules_say_how_long_to_retry", "a rule tries as often as it likes",
        RULE_RETRY, "RetryPolicy: {MaximumEventAgeInSeconds: 300}\n",
    ),
    guarded(
        "targets_of_rules_have_the_role_they_need", "a rule may not start the state machine",
        "          RoleArn: !GetAtt StartRole.Arn\n          DeadLetter", "          DeadLetter",
    ),
    guarded(
        "schedules_have_a_dead_letter_queue", "a heartbeat that is refused is lost",
        HEARTBEAT_INPUT + DEAD_LETTERS, HEARTBEAT_INPUT.rstrip(" "),
    ),
    guarded("schedules_say_how_long_to_retry", "a heartbeat is tried for a day", "        " + SCHEDULE_RETRY, ""),
    guarded(
        "schedules_say_how_long_to_retry", "a heartbeat is tried for as long as it likes",
        SCHEDULE_RETRY, "RetryPolicy: {MaximumRetryAttempts: 3}\n",
    ),
    guarded(
        "schedules_say_how_long_to_retry", "a heartbeat is tried as often as it likes",
        SCHEDULE_RETRY, "RetryPolicy: {MaximumEventAgeInSeconds: 60}\n",
    ),
    guarded("alarms_say_what_a_gap_means", "an alarm is silent about gaps", NO_RUNS_GAP, ""),
    guarded("functions_log_into_the_stack", "a function has a log group of its own making", POLL_LOGS, POLL),
    guarded(
        "functions_log_into_the_stack", "a function writes into the log of the state machine",
        POLL_LOGS, POLL_LOGS.replace("FunctionLogs", "StateMachineLogs"),
    ),
    guarded("functions_log_into_the_stack", "a function logs plain text", POLL_LOGS, POLL_LOGS.replace("JSON", "Text")),
    guarded("state_machines_log_errors", "the state machine logs nothing", LOGGING, ""),
    guarded(
        "state_machines_log_errors", "the state machine logs its worst only",
        LOGGING, LOGGING.replace("ERROR", "FATAL"),
    ),
    guarded("state_machines_log_errors", "the state machine logs no data", LOGGING, LOGGING.replace("true", "false")),
    guarded(
        "state_machines_log_errors", "the state machine writes into the log of the functions",
        LOGGING, LOGGING.replace("StateMachineLogs", "FunctionLogs"),
    ),
    in_template(
        "an alarm notifies nobody", ACTIONS + "      Insufficient", "      Insufficient",
        own_policies="alarms_reach_somebody: NoRunsAlarm",
    ),
    in_template(
        "an alarm has its actions switched off", NO_RUNS_GAP, NO_RUNS_GAP + "      ActionsEnabled: false\n",
        own_policies="alarms_reach_somebody: NoRunsAlarm",
    ),
    in_template(
        "an alarm wakes nobody", "                - !If [HasMetric, !Ref ScaleInAlarm, !Ref AWS::NoValue]\n", "",
        own_policies="alarms_reach_somebody: ScaleInAlarm",
    ),
]
