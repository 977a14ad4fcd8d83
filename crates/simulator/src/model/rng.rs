//! Random numbers, reproducible by a seed.

/// A generator of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng(fastrand::Rng);

impl Rng {
    /// The generator for a seed and one purpose. Purposes draw independently of each other, so that the noise of the application is the same
    /// for every policy.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose))
    }

    /// A number from 0 to below 1, uniformly distributed.
    pub(crate) fn chance(&mut self) -> f64 {
        self.0.f64()
    }

    /// A number from 0 to below `count`, uniformly distributed. A `count` of 0 counts as 1.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0.usize(0..count.max(1))
    }

    /// A random element. Panics if there is none.
    pub(crate) fn pick<Value: Copy>(&mut self, values: &[Value]) -> Value {
        values[self.below(values.len())]
    }

    /// A number of the standard normal distribution, by the method of Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.0.f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.0.f64()).cos()
    }
}
