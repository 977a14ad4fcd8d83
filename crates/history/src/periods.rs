//! The period of each data point, which no answer of CloudWatch states.

/// The periods in seconds that CloudWatch, Grafana and Prometheus use, from a minute on, the longest first.
const PERIODS: [i64; 9] = [3_600, 1_800, 1_200, 900, 600, 300, 180, 120, 60];

/// The periods in which CloudWatch keeps older data.
const RETAINED: [i64; 2] = [3_600, 300];

/// The least number of equal distances that show an older part with a longer period.
const MIN_DISTANCES: usize = 3;

/// Returns the period of each data point of a sum. `times` are the distinct minutes of a series in ascending order, in seconds. `life` returns
/// the period in which another series shows the application at a time.
///
/// The distances are multiples of the period, so that their greatest common divisor never spreads a value over the next one: no record is lost
/// or counted twice. A series with few points would get too long a period, which is why the period of another series replaces it.
pub(crate) fn of_sums(times: &[i64], life: &dyn Fn(i64) -> Option<i64>) -> Vec<i64> {
    let mut periods = vec![0; times.len()];
    for (from, until) in parts(times) {
        let part = &times[from..until];
        let distances: Vec<i64> = part.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let divisor = distances.iter().copied().fold(0, greatest_common_divisor);
        let is_regular =
            distances.len() >= MIN_DISTANCES && distances.iter().all(|distance| *distance == divisor);
        let own = match divisor {
            0 => None,
            // The caller refuses a longer period, unless another series shows a shorter one.
            3_601.. => Some(divisor),
            _ => PERIODS.into_iter().find(|period| divisor % period == 0),
        };
        // No one asks for a quarter of an hour of one metric and for a minute of the others: these are short bursts.
        let is_certain = is_regular && divisor <= 300;
        for (period, time) in periods[from..until].iter_mut().zip(part) {
            *period = match (own, life(*time)) {
                (Some(own), Some(life)) if !is_certain => own.min(life),
                (Some(own), _) => own,
                (None, life) => life.unwrap_or(60),
            };
        }
    }
    periods
}

/// Returns the period of each data point of a gauge: the most frequent distance of its part. A gauge that is missing is not zero, so that a
/// long period invents nothing.
pub(crate) fn of_gauges(times: &[i64]) -> Vec<i64> {
    let mut periods = vec![60; times.len()];
    for (from, until) in parts(times) {
        let mut distances: Vec<i64> = times[from..until].windows(2).map(|pair| pair[1] - pair[0]).collect();
        distances.sort_unstable();
        let runs = distances.chunk_by(|one, other| one == other);
        // Of equally frequent distances, the shortest one.
        let most = runs.rev().max_by_key(|run| run.len()).map_or(60, |run| run[0]);
        periods[from..until].fill(most);
    }
    periods
}

/// Splits a series where its resolution becomes finer: CloudWatch keeps minutes for 15 days, 5 minutes for 63 days, and then hours. Returns
/// ranges of indices.
fn parts(times: &[i64]) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut until = times.len();
    loop {
        let distances: Vec<i64> = times[..until].windows(2).map(|pair| pair[1] - pair[0]).collect();
        let finest = distances.iter().copied().min().unwrap_or(0);
        let first_fine = distances.iter().position(|distance| *distance == finest).unwrap_or(0);
        let older = &distances[..first_fine];
        let coarse = older.iter().copied().min().unwrap_or(0);
        let retained = older.iter().filter(|distance| RETAINED.contains(distance)).count();
        let is_older_part = RETAINED.contains(&coarse)
            && older.iter().all(|distance| distance % coarse == 0)
            && retained >= MIN_DISTANCES
            && retained * 2 >= older.len();
        if !is_older_part {
            parts.push((0, until));
            return parts;
        }
        parts.push((first_fine, until));
        until = first_fine;
    }
}

fn greatest_common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}
