"""Defects of the template that CloudFormation accepts, and that give too much access."""

from mutant import SCALABLE_TARGET, guarded, in_template

FUNCTION_LOGS = "  FunctionLogs:\n"
POLL = "      Handler: poll\n"
POLL_ROLE = "  PollRole:\n    Type: AWS::IAM::Role\n    Properties:\n"
POLL_TRUST = """      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}"""
PUT_EVENTS = "Action: events:PutEvents"
KEY_ACTIONS = "Action: [kms:GenerateDataKey, kms:Decrypt]"
KEY = "{Effect: Allow, " + KEY_ACTIONS + ", Resource: !Ref KmsKeyArn}"
HIDDEN = f"!If [OwnTopic, {KEY}, !Ref AWS::NoValue]"
ELSE = KEY + "\n                - !Ref AWS::NoValue"
UPDATE_IT = "- kinesisanalytics:CreateSystemSnapshot\n                  Resource: "
APPLICATION = "kinesisanalytics:${AWS::Region}:${AWS::AccountId}:application/${ApplicationName}"
UPDATE = UPDATE_IT + '!Sub "arn:${AWS::Partition}:' + APPLICATION + '"'
APPLICATION_KEY = "Action: kms:DescribeKey\n                  Resource: !Ref ApplicationKmsKeyArn"
VIA_MSF = '\n                  Condition: {StringEquals: {"kms:ViaService": !Sub "kinesisanalytics.${AWS::Region}.amazonaws.com"}}'
USES_KEY = "Action: [kms:Decrypt, kms:Encrypt, kms:GenerateDataKey, kms:GenerateDataKeyWithoutPlaintext]"
GRANT_TYPE = '                      "kms:GrantConstraintType": EncryptionContextSubset\n'
GRANT_OPERATIONS = '                    ForAllValues:StringEquals: {"kms:GrantOperations": Decrypt}\n'
KEY_RULE = "the_application_key_is_used_through_msf"
WAKE = "Principal: {Service: [events.amazonaws.com, scheduler.amazonaws.com]}"
ACCOUNT = '            Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}\n'
QUEUE_SOURCE = '            Condition: {ArnEquals: {"aws:SourceArn": [!GetAtt AlarmRule.Arn, !GetAtt NotificationRule.Arn]}}\n'
ALARMS_SOURCE = """              ArnLike: {"aws:SourceArn": !Sub "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-*"}
"""

URL = "  Open: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !Ref PollFunction}}\n\n"
FUNCTION_URL = "      FunctionUrlConfig: {AuthType: NONE}\n"
PERMISSION = """  Open:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref PollFunction, Principal: "*"}

"""
API_SOURCE = '      SourceArn: !Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ScalableTargetApi}/'
SIGNED_PATCH = """schema: {$ref: "#/components/schemas/ScalableTargetDimensionUpdate"}}}
              security: [{sigv4: []}]"""
REGIONAL = "      EndpointConfiguration: {Type: REGIONAL}\n"
MANAGED = '      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"]\n'

MUTANTS = [
    guarded(
        "queue_and_topic_name_their_source", "any alarm and rule may publish", ALARMS_SOURCE,
        '              ArnLike: {"aws:SourceArn": "*"}\n',
    ),
    guarded(
        "queue_and_topic_name_their_source", "the alarms of every stack may publish", ALARMS_SOURCE,
        ALARMS_SOURCE.replace("${AWS::StackName}-*", "*"),
    ),
    guarded(
        "queue_and_topic_name_their_source", "any source may write to the queue", QUEUE_SOURCE,
        '            Condition: {ArnLike: {"aws:SourceArn": "*"}}\n',
    ),
    guarded(
        "queue_and_topic_name_their_source", "a rule may do everything with the queue",
        "            Action: sqs:SendMessage", '            Action: "sqs:*"',
    ),
    guarded("only_known_kinds", "a function has a URL", FUNCTION_LOGS, URL + FUNCTION_LOGS),
    guarded("only_known_kinds", "SAM gives a function a URL", POLL, POLL + FUNCTION_URL),
    guarded("functions_are_called_by_the_api_alone", "others may call a function", FUNCTION_LOGS, PERMISSION + FUNCTION_LOGS),
    guarded("functions_are_called_by_the_api_alone", "any API may call a function", API_SOURCE, API_SOURCE.replace("${ScalableTargetApi}", "*"), SCALABLE_TARGET),
    guarded("apis_require_signatures", "a method has no authorization", SIGNED_PATCH, SIGNED_PATCH.replace("[{sigv4: []}]", "[]"), SCALABLE_TARGET),
    guarded("apis_require_signatures", "a method accepts an API key", SIGNED_PATCH, SIGNED_PATCH.replace("sigv4", "key"), SCALABLE_TARGET),
    guarded("apis_require_signatures", "the signature scheme is not IAM", "authtype: awsSigv4", "authtype: custom", SCALABLE_TARGET),
    guarded("apis_require_signatures", "the API has a resource policy", REGIONAL, REGIONAL + "      Auth: {ResourcePolicy: {AwsAccountWhitelist: [\"111122223333\"]}}\n", SCALABLE_TARGET),
    guarded("actions_are_spelled_out", "a role may do everything", PUT_EVENTS, 'Action: "*"'),
    guarded("actions_are_spelled_out", "a role may do everything with a service", PUT_EVENTS, "Action: events:*"),
    guarded("actions_are_spelled_out", "a role has a wildcard in an action", PUT_EVENTS, "Action: [events:Put*]"),
    guarded("actions_are_spelled_out", "a role has NotAction", PUT_EVENTS, "Not" + PUT_EVENTS),
    guarded("actions_are_spelled_out", "a role has a wildcard in a conditional action", KEY_ACTIONS, "Action: kms:*"),
    guarded("actions_are_spelled_out", "an action is under two conditions", KEY, HIDDEN),
    guarded(
        "actions_are_spelled_out", "an action is in the else branch of a condition",
        ELSE, ELSE.replace("!Ref AWS::NoValue", HIDDEN),
    ),
    guarded("resources_are_named", "a role may update any application", UPDATE, UPDATE_IT + '"*"'),
    guarded("resources_are_named", "a list of resources has a wildcard", UPDATE, UPDATE_IT + '[!Ref StateMachine, "*"]'),
    guarded(
        "resources_are_named", "a role may do more than deliver logs without a resource",
        "- logs:DescribeLogGroups\n", "- logs:DescribeLogGroups\n                - logs:DeleteLogGroup\n",
    ),
    guarded(
        "resources_are_named_to_the_end", "a role may update each application of the account",
        UPDATE, UPDATE.replace("${ApplicationName}", "*"),
    ),
    guarded(
        "resources_are_named_to_the_end", "a resource has a wildcard after the name",
        UPDATE, UPDATE.replace("${ApplicationName}", "${ApplicationName}*"),
    ),
    guarded("resources_are_arns", "a resource is a joined text", UPDATE, UPDATE_IT + '!Join ["", ["*"]]'),
    guarded(
        "resources_are_arns", "a resource is a name",
        "!GetAtt FunctionLogs.Arn}\n\n  ScaleFunction", "!Ref FunctionLogs}\n\n  ScaleFunction",
    ),
    guarded("resources_are_named", "a role may use any key", KEY, KEY.replace("!Ref KmsKeyArn", '"*"')),
    guarded("resources_are_named", "a role may use any key of an application", APPLICATION_KEY, APPLICATION_KEY.replace("!Ref ApplicationKmsKeyArn", '"*"')),
    guarded(KEY_RULE, "a role uses the key of the application without MSF", APPLICATION_KEY + VIA_MSF, APPLICATION_KEY),
    guarded(KEY_RULE, "a role uses the key for every application", APPLICATION_KEY, APPLICATION_KEY.replace("kms:DescribeKey", "[kms:DescribeKey, kms:Decrypt]")),
    guarded(KEY_RULE, "a role grants every use of the key", GRANT_OPERATIONS, ""),
    guarded(KEY_RULE, "a role grants the key without a constraint", GRANT_TYPE, ""),
    guarded(KEY_RULE, "a role grants the key beside its other uses", USES_KEY, USES_KEY.replace("[", "[kms:CreateGrant, ")),
    guarded("roles_have_no_managed_policies", "SAM gives a function a role", "      Role: !GetAtt PollRole.Arn\n", ""),
    guarded("roles_have_no_managed_policies", "a role is an administrator's", POLL_ROLE, POLL_ROLE + MANAGED),
    guarded(
        "roles_are_taken_by_services", "the account may take a role",
        POLL_ROLE + POLL_TRUST, POLL_ROLE + POLL_TRUST.removesuffix("}") + ", AWS: !Ref AWS::AccountId}",
    ),
    guarded("roles_are_taken_by_services", "anybody may take a role", WAKE, 'Principal: "*"'),
    guarded("roles_are_taken_by_services", "any service may take a role", WAKE, 'Principal: {Service: "*"}'),
    guarded("roles_of_events_are_for_this_account", "a role is taken for any account", ACCOUNT, ""),
    guarded(
        "roles_of_events_are_for_this_account", "a role is taken for an account by a wildcard",
        ACCOUNT, ACCOUNT.replace("!Ref AWS::AccountId", '"*"'),
    ),
    guarded("queue_and_topic_name_their_source", "any rule may write to the queue", QUEUE_SOURCE, ""),
    guarded(
        "queue_and_topic_name_their_source", "any other rule may write to the queue",
        QUEUE_SOURCE, QUEUE_SOURCE.replace("ArnEquals", "ArnNotEquals"),
    ),
    guarded("queue_and_topic_name_their_source", "any alarm may publish to the topic", "            Condition:\n" + ALARMS_SOURCE, ""),
    guarded(
        "queue_and_topic_name_their_source", "anybody may publish to the topic",
        "Principal: {Service: cloudwatch.amazonaws.com}", 'Principal: {AWS: "*"}',
    ),
    in_template(
        "two functions share a role", "Role: !GetAtt PollRole.Arn", "Role: !GetAtt ScaleRole.Arn",
        own_policies="every_function_has_its_own_role: PollFunction",
    ),
]
