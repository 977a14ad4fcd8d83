"""Defects of the template that CloudFormation accepts, and that lose an event, an alarm, a log or the encryption of data."""

from mutant import guarded, in_template

KEY = "KmsKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]\n"
MASTER_KEY = "      KmsMasterKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]\n"
RETENTION = "      RetentionInDays: !Ref LogRetentionDays\n"
MACHINE_LOGS_NAME = '      LogGroupName: !Sub "/aws/vendedlogs/states/${AWS::StackName}"\n'
QUEUE_SSE = "      SqsManagedSseEnabled: !If [HasKey, !Ref AWS::NoValue, true]\n"
QUEUE_DAYS = "      MessageRetentionPeriod: 1209600\n"
NOTIFICATION_INPUT = "          InputPath: $.detail\n"
DEAD_LETTERS = "DeadLetterConfig: {Arn: !GetAtt DeadLetterQueue.Arn}\n"
RULE_RETRY = "RetryPolicy: {MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 10}\n"
SCHEDULE_RETRY = "RetryPolicy: {MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 3}\n"
HEARTBEAT_INPUT = '        Input: "{}"\n        '
NO_RUNS_GAP = "      TreatMissingData: missing\n"
ACTIONS = "      AlarmActions: [!If [OwnTopic, !Ref Topic, !Ref NotificationTopicArn]]\n"
FUNCTION_LOGS = "    LoggingConfig: {LogFormat: JSON, LogGroup: !Ref FunctionLogs}\n"
LOGGING = """      Logging:
        Level: ERROR
        IncludeExecutionData: true
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt StateMachineLogs.Arn}}]
"""

MUTANTS = [
    guarded("log_groups_have_a_retention", "a log has no retention", RETENTION + "\n  # ---- Notifications", "\n  # ---- Notifications"),
    guarded("log_groups_take_the_key", "a log has no key", f"{MACHINE_LOGS_NAME}      {KEY}", MACHINE_LOGS_NAME),
    guarded(
        "queues_are_encrypted", "a queue is not encrypted without a key",
        QUEUE_SSE, QUEUE_SSE.replace("true", "false"),
    ),
    guarded("queues_are_encrypted", "a queue does not use the key", MASTER_KEY + QUEUE_DAYS, QUEUE_DAYS),
    guarded(
        "topics_take_the_key", "a topic has no key",
        MASTER_KEY + "\n  TopicPolicy", "      DisplayName: Scaled\n\n  TopicPolicy",
    ),
    guarded(
        "targets_of_rules_have_a_dead_letter_queue", "a failed notification is lost",
        NOTIFICATION_INPUT + "          " + DEAD_LETTERS, NOTIFICATION_INPUT,
    ),
    guarded(
        "targets_of_rules_have_a_dead_letter_queue", "dead letters have another target",
        NOTIFICATION_INPUT + "          " + DEAD_LETTERS,
        NOTIFICATION_INPUT + "          " + DEAD_LETTERS.replace("DeadLetterQueue", "StateMachine"),
    ),
    guarded("targets_of_rules_limit_retries", "a rule retries for a day", "          " + RULE_RETRY, ""),
    guarded(
        "targets_of_rules_limit_retries", "a rule has no maximum age of retries",
        RULE_RETRY, "RetryPolicy: {MaximumRetryAttempts: 10}\n",
    ),
    guarded(
        "targets_of_rules_limit_retries", "a rule has no maximum number of retries",
        RULE_RETRY, "RetryPolicy: {MaximumEventAgeInSeconds: 300}\n",
    ),
    guarded(
        "targets_of_rules_have_the_role_they_need", "a rule may not start the state machine",
        "          RoleArn: !GetAtt StartRole.Arn\n          DeadLetter", "          DeadLetter",
    ),
    guarded(
        "schedules_have_a_dead_letter_queue", "a failed heartbeat is lost",
        HEARTBEAT_INPUT + DEAD_LETTERS, HEARTBEAT_INPUT.rstrip(" "),
    ),
    guarded("schedules_limit_retries", "a heartbeat is retried for a day", "        " + SCHEDULE_RETRY, ""),
    guarded(
        "schedules_limit_retries", "a heartbeat has no maximum age of retries",
        SCHEDULE_RETRY, "RetryPolicy: {MaximumRetryAttempts: 3}\n",
    ),
    guarded(
        "schedules_limit_retries", "a heartbeat has no maximum number of retries",
        SCHEDULE_RETRY, "RetryPolicy: {MaximumEventAgeInSeconds: 60}\n",
    ),
    guarded("alarms_treat_missing_data", "an alarm has no treatment of missing data", NO_RUNS_GAP, ""),
    guarded("functions_log_into_the_stack", "each function creates its log group", FUNCTION_LOGS, ""),
    guarded(
        "functions_log_into_the_stack", "the functions write to the log of the state machine",
        FUNCTION_LOGS, FUNCTION_LOGS.replace("FunctionLogs", "StateMachineLogs"),
    ),
    guarded("functions_log_into_the_stack", "the functions log plain text", FUNCTION_LOGS, FUNCTION_LOGS.replace("JSON", "Text")),
    guarded("state_machines_log_errors", "the state machine logs nothing", LOGGING, ""),
    guarded(
        "state_machines_log_errors", "the state machine logs only fatal errors",
        LOGGING, LOGGING.replace("ERROR", "FATAL"),
    ),
    guarded("state_machines_log_errors", "the state machine logs no data", LOGGING, LOGGING.replace("true", "false")),
    guarded(
        "state_machines_log_errors", "the state machine writes to the log of the functions",
        LOGGING, LOGGING.replace("StateMachineLogs", "FunctionLogs"),
    ),
    in_template(
        "an alarm has no actions", ACTIONS + "      Insufficient", "      Insufficient",
        own_policies="every_alarm_notifies_or_starts_a_run: NoRunsAlarm",
    ),
    in_template(
        "an alarm has its actions switched off", NO_RUNS_GAP, NO_RUNS_GAP + "      ActionsEnabled: false\n",
        own_policies="every_alarm_notifies_or_starts_a_run: NoRunsAlarm",
    ),
    in_template(
        "an alarm starts no run", "                - !If [HasMetric, !Ref ScaleInAlarm, !Ref AWS::NoValue]\n", "",
        own_policies="every_alarm_notifies_or_starts_a_run: ScaleInAlarm",
    ),
]
