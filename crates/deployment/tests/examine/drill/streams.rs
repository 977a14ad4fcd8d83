//! The links of a drill on a stack that scales a stream, where they differ from the links of an application.

use super::{
    Row, assert_has_remedies, assert_shows, chain, denied, execution, fails, healthy_drill_of_a_stream,
};
use crate::world::{healthy, healthy_stream, out_metric, stack};
use deployment::{Link, Outcome, judge_drill};
use jiff::SignedDuration;

const ROWS: [Row; 8] = [
    ("check-stream", Outcome::Passed, "check has read 4 shards within the bounds 1 to 32", |_, _| {}),
    ("check-stream", Outcome::Failed, "AccessDenied → follow", |_, evidence| {
        fails(evidence, "failed to describe the stream 'clicks': AccessDenied");
    }),
    ("check-alarms", Outcome::Failed, "the application 'clicks'", |_, evidence| {
        fails(evidence, "failed to describe the application 'clicks': AccessDenied");
    }),
    (
        "check-metric",
        Outcome::Unknown,
        "containerCPUUtilization has no data, which check counts as 0, because a stream without writes publishes none → write records",
        |facts, _| {
            out_metric(facts).points.clear();
        },
    ),
    ("check-metric", Outcome::Unknown, "has no data", |facts, _| {
        out_metric(facts).points.iter_mut().for_each(|point| point.start -= SignedDuration::from_hours(2));
    }),
    ("quiet", Outcome::Failed, "the execution scaled the stream from 4 to 8", |_, evidence| {
        execution(evidence).scaled = Some((4, 8));
    }),
    ("set-back", Outcome::Failed, "→ run kpu resume --stream clicks", |_, evidence| {
        chain(evidence).pause_removed = Some(Err(denied()));
    }),
    ("permissions", Outcome::Unknown, "AccessDenied", |_, evidence| evidence.permissions = Err(denied())),
];

#[test]
fn each_difference_shows_at_its_link() {
    assert_shows(&ROWS, healthy_stream, healthy_drill_of_a_stream);
}

#[test]
fn a_stream_has_the_links_of_an_application_and_no_key() {
    let mut facts = healthy_stream();
    stack(&mut facts).application_key = "arn:aws:kms:eu-central-1:111122223333:key/1".to_owned();
    let names = |links: &[Link]| links.iter().map(|link| link.link).collect::<Vec<_>>();
    let of_a_stream = judge_drill(&facts, &healthy_drill_of_a_stream());
    assert_has_remedies(&of_a_stream);
    let of_an_application = judge_drill(&healthy(), &healthy_drill_of_a_stream());
    let renamed: Vec<_> = names(&of_an_application)
        .into_iter()
        .map(|link| if link == "check-application" { "check-stream" } else { link })
        .collect();
    assert_eq!(names(&of_a_stream), renamed);
    assert!(of_a_stream.iter().all(|link| link.outcome == Outcome::Passed), "{of_a_stream:?}");
}
