//! Asks IAM for its decisions on the actions of a role, without making a call of the role.

use super::limits::elements;
use crate::drill::{Decision, Needed};
use crate::signed::SignedRequest;
use crate::unread::refused;
use crate::{Account, Obstacle, Read, Unread};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use std::fmt::Write as _;

/// The characters of a form that are encoded: all but the unreserved ones of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const ATTEMPT: &str = "simulate the permissions of the function scale";

impl Account {
    /// Returns the decisions of IAM on the actions of a role.
    pub(crate) async fn decisions(&self, role_arn: &str, needed: &[Needed]) -> Read<Vec<Decision>> {
        let mut decisions = Vec::new();
        for needed in needed {
            let request = SignedRequest {
                service: "iam",
                attempt: ATTEMPT.to_owned(),
                headers: vec![("content-type", "application/x-www-form-urlencoded")],
                body: body(role_arn, needed),
            };
            let (is_success, body) = self.send(request).await?;
            decisions.extend(answer(is_success, &body, needed.actions.len())?);
        }
        Ok(decisions)
    }
}

/// The form of a simulation.
fn body(role_arn: &str, needed: &Needed) -> String {
    let mut body = format!(
        "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn={}&ResourceArns.member.1={}",
        encoded(role_arn),
        encoded(&needed.resource)
    );
    // Writing to a string cannot fail.
    for (index, action) in needed.actions.iter().enumerate() {
        let _ = write!(body, "&ActionNames.member.{}={}", index + 1, encoded(action));
    }
    for (index, (key, value)) in needed.context.iter().enumerate() {
        let entry = format!("&ContextEntries.member.{}.ContextKey", index + 1);
        let kind = if key.ends_with("GrantOperations") { "stringList" } else { "string" };
        let (key, value) = (encoded(key), encoded(value));
        let _ = write!(body, "{entry}Name={key}{entry}Values.member.1={value}{entry}Type={kind}");
    }
    body
}

/// The decisions in an answer of IAM, which has one for each action.
fn answer(is_success: bool, body: &str, actions: usize) -> Read<Vec<Decision>> {
    if !is_success {
        let first = |element| elements(body, element).next().unwrap_or("without a message");
        return Err(refused(ATTEMPT, first("Code"), first("Message")));
    }
    let (names, decisions) = (elements(body, "EvalActionName"), elements(body, "EvalDecision"));
    let decision = |(action, decision): (&str, &str)| Decision {
        action: action.to_owned(),
        decision: decision.to_owned(),
    };
    let decisions: Vec<Decision> = names.zip(decisions).map(decision).collect();
    if decisions.len() != actions {
        return Err(Unread::new(
            Obstacle::Other,
            format!("failed to {ATTEMPT}: the answer could not be read"),
        ));
    }
    Ok(decisions)
}

/// Encodes a value of a form.
fn encoded(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::{answer, body, encoded};
    use crate::Obstacle;
    use crate::drill::{Decision, Needed};

    #[test]
    fn the_form_names_the_role_the_resource_the_actions_and_the_context() {
        let context =
            vec![("kms:ViaService", "a.b".to_owned()), ("kms:GrantOperations", "Decrypt".to_owned())];
        let needed = Needed { resource: "arn:key/1".to_owned(), actions: vec!["kms:A", "kms:B"], context };
        assert_eq!(
            body("arn:role/r", &needed),
            "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Arole%2Fr&ResourceArns.member.1=arn%3Akey%2F1\
             &ActionNames.member.1=kms%3AA&ActionNames.member.2=kms%3AB\
             &ContextEntries.member.1.ContextKeyName=kms%3AViaService&ContextEntries.member.1.ContextKeyValues.member.1=a.b\
             &ContextEntries.member.1.ContextKeyType=string\
             &ContextEntries.member.2.ContextKeyName=kms%3AGrantOperations&ContextEntries.member.2.ContextKeyValues.member.1=Decrypt\
             &ContextEntries.member.2.ContextKeyType=stringList"
        );
        assert_eq!(encoded("a b*é").to_string(), "a%20b%2A%C3%A9");
    }

    #[test]
    fn an_answer_has_a_decision_for_each_action() {
        let xml = "<member><EvalActionName>kms:A</EvalActionName><EvalDecision>allowed</EvalDecision>\
            <ResourceSpecificResults><member><EvalResourceName>r</EvalResourceName><EvalResourceDecision>allowed</EvalResourceDecision></member></ResourceSpecificResults></member>\
            <member><EvalDecision>implicitDeny</EvalDecision><EvalActionName>kms:B</EvalActionName></member>";
        let decision = |action: &str, decision: &str| Decision {
            action: action.to_owned(),
            decision: decision.to_owned(),
        };
        assert_eq!(
            answer(true, xml, 2),
            Ok(vec![decision("kms:A", "allowed"), decision("kms:B", "implicitDeny")])
        );
        assert_eq!(
            answer(true, xml, 3).unwrap_err().obstacle,
            Obstacle::Other,
            "a truncated answer proves nothing"
        );
        let refusal =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        assert_eq!(answer(false, refusal, 1).unwrap_err().obstacle, Obstacle::Denied);
    }
}
