//! Chance, reproducible by a seed.

/// A source of chance.
#[derive(Debug, Clone)]
pub(crate) struct Rng(fastrand::Rng);

impl Rng {
    /// The generator for a seed and one purpose. Different purposes draw independently, so that the noise of the
    /// application is the same for every policy, whatever else a policy draws.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose))
    }

    /// Uniform from 0 to 1.
    pub(crate) fn chance(&mut self) -> f64 {
        self.0.f64()
    }

    /// Uniform from 0 to below `count`, which is at least 1.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0.usize(0..count.max(1))
    }

    /// One of these, of which there is at least one.
    pub(crate) fn pick<Value: Copy>(&mut self, values: &[Value]) -> Value {
        values[self.below(values.len())]
    }

    /// Normal with mean 0 and standard deviation 1, by the method of Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.0.f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.0.f64()).cos()
    }
}
