//! Reads the observations that the assumptions about AWS need.

use crate::drill::{ApplicationObservations, Dimensions, Observations};
use crate::{Account, Facts, Obstacle, Read, Unread};
use aws_sdk_cloudwatch::types::{Dimension, DimensionFilter};
use jiff::{SignedDuration, Timestamp};
use scaling::Unit;
use tasks::{Alarm, Alarms as _, DataPoint, KINESIS_NAMESPACE, MSF_NAMESPACE, Query, Resources as _, Source};

/// The span in which samples of the metric `KPUs` are counted.
const KPU_WINDOW: SignedDuration = SignedDuration::from_hours(4);

/// The most pages of metrics that are read, with 500 metrics each.
const MAX_PAGES: usize = 10;

impl Account {
    /// Reads the observations of an application or stream.
    pub async fn observations(&self, facts: &Facts, now: Timestamp) -> Observations {
        let name = &facts.name;
        match facts.kind().unit {
            Unit::Kpu => Observations {
                metrics: self.dimensions(MSF_NAMESPACE, "Application", name).await,
                application: Some(self.observations_of_application(name, now).await),
            },
            Unit::Shard => Observations {
                metrics: self.dimensions(KINESIS_NAMESPACE, "StreamName", name).await,
                application: None,
            },
        }
    }

    async fn observations_of_application(&self, name: &str, now: Timestamp) -> ApplicationObservations {
        ApplicationObservations {
            runtime: self.runtime(name).await,
            operations: self.ports.applications.operations(name).await.map_err(Unread::from),
            snapshots: self.snapshot_times(name).await,
            kpu_samples: self.hourly_kpus(name, "SampleCount", now).await,
            kpus: self.hourly_kpus(name, "Average", now).await,
        }
    }

    async fn runtime(&self, application: &str) -> Read<String> {
        let attempt = format!("describe the application '{application}'");
        let answer = self.flink.describe_application().application_name(application).send().await;
        let answer = answer.map_err(|error| Unread::of(&attempt, &error))?;
        let detail = answer.application_detail();
        let runtime = detail.map(|detail| detail.runtime_environment().as_str().to_owned());
        runtime.ok_or_else(|| Unread::new(Obstacle::Other, format!("failed to {attempt}: no detail")))
    }

    /// The times of the snapshots on the first page of the list.
    async fn snapshot_times(&self, application: &str) -> Read<Vec<Timestamp>> {
        let request = self.flink.list_application_snapshots().application_name(application).limit(50);
        let answer = request.send().await;
        let answer =
            answer.map_err(|error| Unread::of(&format!("list the snapshots of '{application}'"), &error))?;
        let times =
            answer.snapshot_summaries().iter().filter_map(|snapshot| snapshot.snapshot_creation_timestamp());
        Ok(times.filter_map(|time| Timestamp::from_second(time.secs()).ok()).collect())
    }

    /// The names of the dimensions of each metric in a namespace that has this dimension.
    async fn dimensions(&self, namespace: &str, dimension: &str, value: &str) -> Read<Dimensions> {
        let of_it = DimensionFilter::builder().name(dimension).value(value).build();
        let mut pages =
            self.cloudwatch.list_metrics().namespace(namespace).dimensions(of_it).into_paginator().send();
        let mut found = Dimensions::new();
        for _ in 0..MAX_PAGES {
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|error| Unread::of("list the metrics", &error))?;
            for metric in page.metrics() {
                let mut names: Vec<String> =
                    metric.dimensions().iter().filter_map(Dimension::name).map(str::to_owned).collect();
                names.sort();
                found.entry(metric.metric_name().unwrap_or_default().to_owned()).or_default().insert(names);
            }
        }
        Ok(found)
    }

    /// A statistic of the metric `KPUs` by the hour.
    async fn hourly_kpus(&self, application: &str, statistic: &str, now: Timestamp) -> Read<Vec<DataPoint>> {
        let period = SignedDuration::from_hours(1);
        let source = Source::Metric {
            namespace: MSF_NAMESPACE.to_owned(),
            name: "KPUs".to_owned(),
            dimensions: vec![("Application".to_owned(), application.to_owned())],
            statistic: statistic.to_owned(),
            period,
            unit: None,
        };
        let query = Query { id: "kpus".to_owned(), source, account: None, returns_data: true };
        let alarm = Alarm::of_queries("KPUs".to_owned(), period, 1, vec![query]);
        let from = now.saturating_sub(KPU_WINDOW).unwrap_or(now);
        let series = self.ports.alarms.data_points(&alarm, from, now).await?;
        Ok(series.into_iter().flat_map(|series| series.points).collect())
    }
}
