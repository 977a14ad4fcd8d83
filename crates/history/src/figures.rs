//! Statistics of numbers.

use scaling::quantile;

pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    quantile(&mut values, 0.5)
}

/// Fits a line through weighted points by least squares, and returns its value at 0 and its slope. `None` if all points have the same x, or there are none.
pub(crate) fn line(points: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    let sum = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let weight = sum(|(_, _, w)| *w);
    let (x, y) = (sum(|(x, _, w)| x * w) / weight, sum(|(_, y, w)| y * w) / weight);
    let spread: f64 = points.iter().map(|(px, _, w)| w * (px - x) * (px - x)).sum();
    let along: f64 = points.iter().map(|(px, py, w)| w * (px - x) * (py - y)).sum();
    (spread > 1e-12 && weight > 0.0).then(|| {
        let slope = along / spread;
        (y - slope * x, slope)
    })
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
pub(crate) fn as_float(count: usize) -> f64 {
    count as f64
}
