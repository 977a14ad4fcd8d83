//! The part of CloudFormation that the templates use: their resources for given parameters.

use super::TEMPLATE;
use serde_yaml_ng::{Mapping, Value};
use std::collections::BTreeMap;

/// A template with values for its parameters.
pub(crate) struct Stack {
    template: Value,
    parameters: BTreeMap<String, Value>,
}

impl Stack {
    /// The main template with the defaults, these values, and an application.
    pub(crate) fn new(values: &[(&str, &str)]) -> Self {
        Self::of(TEMPLATE, &[&[("ApplicationName", "orders")], values].concat())
    }

    /// A template with the defaults and these values.
    pub(crate) fn of(template: &str, values: &[(&str, &str)]) -> Self {
        let template: Value = serde_yaml_ng::from_str(template).unwrap();
        let declared = template["Parameters"].as_mapping().unwrap();
        let mut parameters: BTreeMap<String, Value> = declared
            .iter()
            .map(|(name, parameter)| (name.as_str().unwrap().to_owned(), parameter["Default"].clone()))
            .collect();
        for (name, value) in values {
            assert!(
                parameters.contains_key(*name) || name.starts_with("AWS::"),
                "there is no parameter {name}"
            );
            parameters.insert((*name).to_owned(), Value::from(*value));
        }
        Self { template, parameters }
    }

    /// All resources and global settings, resolved.
    pub(crate) fn resources(&self) -> Value {
        let mut resources = self.resolve(&self.template["Resources"]);
        let exists = |resource: &Value| {
            resource.get("Condition").is_none_or(|name| self.condition(name.as_str().unwrap()))
        };
        resources.as_mapping_mut().unwrap().retain(|_, resource| exists(resource));
        if let Some(globals) = self.template.get("Globals") {
            resources["Globals"] = self.resolve(globals);
        }
        resources
    }

    /// The outputs of this stack with their values, resolved.
    pub(crate) fn outputs(&self) -> BTreeMap<String, String> {
        let outputs = self.template["Outputs"].as_mapping().unwrap().iter();
        let exists = |output: &Value| {
            output.get("Condition").is_none_or(|name| self.condition(name.as_str().unwrap()))
        };
        outputs
            .filter(|(_, output)| exists(output))
            .map(|(name, output)| (scalar(name), scalar(&self.resolve(&output["Value"]))))
            .collect()
    }

    fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Tagged(tagged) => self.function(&tagged.tag.to_string(), &tagged.value),
            // An item of no value is none.
            Value::Sequence(items) => {
                items.iter().map(|item| self.resolve(item)).filter(|item| !item.is_null()).collect()
            }
            Value::Mapping(fields) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), self.resolve(field)));
                // A property of no value is none.
                Value::Mapping(fields.filter(|(_, field)| !field.is_null()).collect::<Mapping>())
            }
            plain => plain.clone(),
        }
    }

    fn function(&self, tag: &str, argument: &Value) -> Value {
        match tag {
            "!Ref" => self.reference(argument.as_str().unwrap()),
            "!GetAtt" => Value::from(format!("<{}>", argument.as_str().unwrap())),
            "!Sub" => match argument.as_sequence() {
                Some(parts) => {
                    Value::from(self.substitute(parts[0].as_str().unwrap(), &self.resolve(&parts[1])))
                }
                None => Value::from(self.substitute(argument.as_str().unwrap(), &Value::Null)),
            },
            "!If" => {
                let branch = if self.condition(argument[0].as_str().unwrap()) { 1 } else { 2 };
                self.resolve(&argument[branch])
            }
            "!FindInMap" => {
                let path: Vec<Value> =
                    argument.as_sequence().unwrap().iter().map(|part| self.resolve(part)).collect();
                let found = &self.template["Mappings"][&path[0]][&path[1]][&path[2]];
                assert!(!found.is_null(), "{path:?} is not in the mappings");
                found.clone()
            }
            "!Join" => {
                let parts = self.resolve(&argument[1]);
                let parts: Vec<String> = parts.as_sequence().unwrap().iter().map(scalar).collect();
                Value::from(parts.join(argument[0].as_str().unwrap()))
            }
            "!Split" => {
                let text = scalar(&self.resolve(&argument[1]));
                text.split(argument[0].as_str().unwrap()).map(Value::from).collect()
            }
            "!Select" => {
                let index = usize::try_from(argument[0].as_u64().unwrap()).unwrap();
                self.resolve(&argument[1])[index].clone()
            }
            other => panic!("{other} is not understood"),
        }
    }

    fn reference(&self, name: &str) -> Value {
        if name == "AWS::NoValue" {
            return Value::Null;
        }
        self.parameters.get(name).cloned().unwrap_or_else(|| Value::from(format!("<{name}>")))
    }

    /// Replaces the names in a text by their values, the given values first.
    fn substitute(&self, text: &str, own: &Value) -> String {
        let mut parts = text.split("${");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            let value = own.get(name).cloned().unwrap_or_else(|| self.reference(name));
            filled.push_str(&scalar(&value));
            filled.push_str(rest);
        }
        filled
    }

    fn condition(&self, name: &str) -> bool {
        self.holds(&self.template["Conditions"][name])
    }

    fn holds(&self, condition: &Value) -> bool {
        let Value::Tagged(tagged) = condition else { panic!("{condition:?} is no condition") };
        let argument = &tagged.value;
        match tagged.tag.to_string().as_str() {
            "!Condition" => self.condition(argument.as_str().unwrap()),
            "!Equals" => scalar(&self.resolve(&argument[0])) == scalar(&self.resolve(&argument[1])),
            "!Not" => !self.holds(&argument[0]),
            "!Or" => argument.as_sequence().unwrap().iter().any(|each| self.holds(each)),
            "!And" => argument.as_sequence().unwrap().iter().all(|each| self.holds(each)),
            "!Contains" => {
                let wanted = scalar(&self.resolve(&argument[1]));
                argument[0].as_sequence().unwrap().iter().any(|each| scalar(each) == wanted)
            }
            other => panic!("{other} is not understood"),
        }
    }

    /// Returns the descriptions of the assertions that the template's rules find violated.
    pub(crate) fn objections(&self) -> Vec<String> {
        let rules = self.template["Rules"].as_mapping().unwrap().values();
        let applying = rules.filter(|rule| rule.get("RuleCondition").is_none_or(|when| self.holds(when)));
        applying
            .flat_map(|rule| rule["Assertions"].as_sequence().unwrap())
            .filter(|assertion| !self.holds(&assertion["Assert"]))
            .map(|assertion| assertion["AssertDescription"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A scalar as text: CloudFormation compares numbers and texts alike.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("{other:?} is no scalar"),
    }
}
