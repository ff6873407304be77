//! Functions that the standard library lacks.

/// `erf(x)/x` on 0 <= x <= 1 as a polynomial in x², lowest power first; absolute error below 1e-12.
const NEAR: [f64; 9] = [
    1.128_379_167_094_698_3,
    -0.376_126_388_898_717_63,
    0.112_837_913_135_137_87,
    -0.026_866_133_626_199_645,
    0.005_223_785_009_599_947_5,
    -0.000_854_267_062_261_560_6,
    0.000_119_569_475_168_968_77,
    -1.391_170_577_755_535_4e-5,
    1.059_528_851_539_150_6e-6,
];

/// `log(erfc(x))` on 1 <= x <= 4 as a polynomial in x; absolute error of its exponential below 1e-9.
const FAR: [f64; 9] = [
    0.000_303_212_977_236_455_57,
    -1.130_166_675_536_642,
    -0.631_937_093_622_579_4,
    -0.109_978_245_168_497_36,
    0.026_364_717_385_162_82,
    -0.004_740_222_349_119_237_5,
    0.000_592_769_539_355_211,
    -4.559_062_261_899_32e-5,
    1.614_061_611_442_421e-6,
];

fn polynomial(coefficients: &[f64; 9], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// The error function, to within one unit in the last place or 1e-7.
pub fn erf(x: f32) -> f32 {
    let size = x.abs();
    if size <= 1.0 {
        let wide = f64::from(x);
        return (wide * polynomial(&NEAR, wide * wide)) as f32;
    }
    if size >= 4.0 {
        return x.signum();
    }
    if size.is_nan() {
        return x;
    }
    let rest = (polynomial(&FAR, f64::from(size)) as f32).exp();
    (1.0 - rest).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_precise_error_function() {
        for step in -500..=500_i16 {
            let x = f32::from(step) / 100.0;
            let precise = statrs::function::erf::erf(f64::from(x));
            let difference = (f64::from(erf(x)) - precise).abs();
            assert!(difference < 1e-7, "erf({x}) is off by {difference}");
        }
        assert!(erf(f32::NAN).is_nan());
        assert_eq!(erf(f32::INFINITY).to_bits(), 1.0_f32.to_bits());
    }
}
