"""Defects of the template that CloudFormation or SAM would reject, some of them only during the creation of the stack."""

from mutant import in_dashboard, in_scalable_target, in_template

QUEUE_SSE = "SqsManagedSseEnabled: !If [HasKey, !Ref AWS::NoValue, true]"
EMAIL_TOPIC = "Condition: HasEmail\n    Properties:\n      TopicArn: !If [OwnTopic, !Ref Topic"
FUNCTION_LOGS_RETENTION = "RetentionInDays: !Ref LogRetentionDays\n\n  # ---- Notifications"
MACHINE_LOGS_NAME = 'LogGroupName: !Sub "/aws/vendedlogs/states/${AWS::StackName}"'
DAYS_TO_KEEP = "AllowedValues: [1, 3, 5"

MUTANTS = [
    in_template(
        "a property is misspelled", "MessageRetentionPeriod: 1209600", "MessageRetention: 1209600",
        cfn_lint="E3002 at Resources/DeadLetterQueue/Properties/MessageRetention",
    ),
    in_template(
        "a required property is missing", '      FlexibleTimeWindow: {Mode: "OFF"}\n', "",
        cfn_lint="E3003 at Resources/Heartbeat",
    ),
    in_template(
        "a number exceeds its limit", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 12096000",
        cfn_lint="E3034 at Resources/DeadLetterQueue",
    ),
    in_template(
        "a Ref names nothing", EMAIL_TOPIC, EMAIL_TOPIC + "s",
        cfn_lint="E1020 at Resources/EmailSubscription",
    ),
    in_template(
        "a Sub names nothing", "Starts an execution of ${AWS::StackName}, aligned", "Starts an execution of ${Stack}, aligned",
        cfn_lint="E1019 at Resources/Heartbeat",
    ),
    in_dashboard(
        "a Sub of the dashboard names nothing", "#dashboards:name=${AutoscalerStack}", "#dashboards:name=${Stack}",
        cfn_lint="E6101 at Outputs/DashboardConsole",
    ),
    in_scalable_target(
        "a Ref of the scalable target names nothing", "RetentionInDays: !Ref LogRetentionDays", "RetentionInDays: !Ref LogRetention",
        cfn_lint="E1020 at Resources/",
    ),
    in_template(
        "a GetAtt names a missing attribute",
        "!GetAtt DeadLetterQueue.QueueName", "!GetAtt DeadLetterQueue.Name",
        cfn_lint="E1010 at Resources/DeadLettersAlarm",
    ),
    in_template(
        "a function of the template language is misspelled",
        FUNCTION_LOGS_RETENTION, FUNCTION_LOGS_RETENTION.replace("!Ref", "!Reff"),
        cfn_lint="E3012 at Resources/FunctionLogs",
    ),
    in_template(
        "an If names a missing condition", QUEUE_SSE, QUEUE_SSE.replace("HasKey", "HasKeys"),
        cfn_lint="E1028 at Resources/DeadLetterQueue",
    ),
    in_template(
        "a resource has a missing condition",
        "AWS::SNS::TopicPolicy\n    Condition: OwnTopic", "AWS::SNS::TopicPolicy\n    Condition: OwnTopics",
        cfn_lint="E3015 at Resources/TopicPolicy",
    ),
    in_template(
        "a value is not an allowed one",
        "ComparisonOperator: LessThanOrEqualToThreshold\n      Threshold: !If\n",
        "ComparisonOperator: LessThanOrEqualThreshold\n      Threshold: !If\n",
        cfn_lint="E3030 at Resources/ScaleInAlarm",
    ),
    in_template(
        "a default is not allowed", "Default: Multiply/Divide", "Default: Multiply",
        cfn_lint="E2015 at Parameters/ScalingOperation",
    ),
    in_template(
        "a parameter allows a value that the service rejects", DAYS_TO_KEEP, DAYS_TO_KEEP.replace("1,", "1, 2,"),
        cfn_lint="W1030 at Parameters/LogRetentionDays",
    ),
    in_template(
        "a parameter is not used", "Parameters:\n  Target:", "Parameters:\n  Spare: {Type: String}\n  Target:",
        cfn_lint_after_sam="W2001 at Parameters/Spare",
    ),
    in_template(
        "a resource is of no known type", "Type: AWS::Scheduler::Schedule", "Type: AWS::Scheduler::Schedules",
        cfn_lint="E3006 at Resources/Heartbeat",
    ),
    in_template(
        "a key is duplicated", "      Protocol: email\n", "      Protocol: email\n" * 2,
        cfn_lint="E0000 at line",
    ),
    in_template(
        "a setting for all functions is unknown", "    MemorySize: 128\n", "    Memory: 128\n",
        cfn_lint="E3724 at Globals/Function/Memory", sam_validate="'Memory' was unexpected",
    ),
    in_template(
        "a runtime is unknown", "Runtime: provided.al2023", "Runtime: provided.al2024",
        cfn_lint_after_sam="E3030 at Resources/CheckFunction/Properties/Runtime",
    ),
    in_template(
        "an action is misspelled", "- kinesisanalytics:UpdateApplication\n", "- kinesisanalytics:UpdateApp\n",
        cfn_lint_after_sam="W3037 at Resources/ScaleRole",
    ),
    in_template(
        "two resources depend on each other", MACHINE_LOGS_NAME, "LogGroupName: !GetAtt StateMachine.Name",
        cfn_lint_after_sam="E3004 at Resources/StateMachineLogs",
    ),
    in_template(
        "a substitution of the state machine is missing", "        MaxKpu: !Ref MaxKpu\n", "",
        placeholders="MaxKpu: add it to DefinitionSubstitutions",
    ),
    in_template(
        "a substitution has no placeholder",
        "        MaxKpu: !Ref MaxKpu\n", "        MaxKpu: !Ref MaxKpu\n        Spare: !Ref MaxKpu\n",
        placeholders="Spare: the state machine does not have this placeholder",
    ),
]
