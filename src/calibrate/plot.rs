//! Success against what is recovered, as a picture.

use super::report::{CalibrationReport, MemberReport, ObjectiveReport};
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
/// Left, top, right, bottom.
const MARGIN: [f64; 4] = [64.0, 52.0, 16.0, 48.0];
/// What is recovered is shown from here on; what is less stands at the edge.
const LEAST: f64 = -0.5;

/// An SVG with one point for each member: given hypotheses filled, with their names; the others hollow.
/// It has light and dark colours, and a description for those who hear it.
#[must_use]
pub fn plot(of: &CalibrationReport, objective: &ObjectiveReport) -> String {
    let points: Vec<(&MemberReport, f64, f64)> = of
        .members
        .iter()
        .filter_map(|own| Some((own, *own.scores.get("recovered")?, *own.successes.get(&objective.name)?)))
        .collect();
    let (low, high) = ends(points.iter().map(|point| point.2));
    let least = points.iter().map(|point| point.1).fold(0.0, f64::min).max(LEAST);
    let x = |value: f64| {
        let share = (value.clamp(least, 1.05) - least) / (1.05 - least);
        MARGIN[0] + share * (WIDTH - MARGIN[0] - MARGIN[2])
    };
    let y = |value: f64| HEIGHT - MARGIN[3] - (value - low) / (high - low) * (HEIGHT - MARGIN[1] - MARGIN[3]);
    let mut out = head(of, objective, points.len());
    for at in 0..=4 {
        let value = low + (high - low) * f64::from(at) / 4.0;
        let (left, right, height) = (MARGIN[0], WIDTH - MARGIN[2], y(value));
        let _ = writeln!(out, r#"<line class="grid" x1="{left}" y1="{height:.1}" x2="{right}" y2="{height:.1}"/>"#);
        let _ = writeln!(
            out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            left - 8.0,
            height + 4.0,
            short(value)
        );
    }
    for tenth in (-2..=4).filter(|own| f64::from(*own) / 4.0 >= least) {
        let value = f64::from(tenth) / 4.0;
        let (across, bottom) = (x(value), HEIGHT - MARGIN[3]);
        let _ =
            writeln!(out, r#"<line class="grid" x1="{across:.1}" y1="{}" x2="{across:.1}" y2="{bottom}"/>"#, MARGIN[1]);
        let _ = writeln!(
            out,
            r#"<text x="{across:.1}" y="{}" text-anchor="middle">{:.0} %</text>"#,
            bottom + 18.0,
            100.0 * value
        );
    }
    // Given ones last, so that nothing hides them.
    for is_given in [false, true] {
        for (own, recovered, success) in points.iter().filter(|(own, ..)| own.changes.is_empty() == is_given) {
            let class = if is_given { "given" } else { "made" };
            let (across, height) = (x(*recovered), y(*success));
            let title = escaped(&own.told());
            let _ = writeln!(
                out,
                r#"<circle class="{class}" cx="{across:.1}" cy="{height:.1}" r="4"><title>{title}</title></circle>"#
            );
        }
    }
    let (middle, bottom) = ((MARGIN[0] + WIDTH - MARGIN[2]) / 2.0, HEIGHT - 10.0);
    let behaviour = escaped(&of.behaviour);
    let _ = writeln!(out, r#"<text x="{middle}" y="{bottom}" text-anchor="middle">recovered({behaviour})</text>"#);
    out.push_str("</svg>\n");
    out
}

fn head(of: &CalibrationReport, objective: &ObjectiveReport, points: usize) -> String {
    let (name, title) = (escaped(&of.name), escaped(&objective.name));
    let rho = objective.predictors.iter().find(|own| own.metric == "recovered");
    let rho = rho.map_or_else(String::new, |own| {
        format!("; rank correlation {:.2} ({:.2} .. {:.2})", own.rho, own.low, own.high)
    });
    let about = format!("{points} hypotheses of {name}{rho}");
    let style = "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.grid{stroke:#ddd}.made{fill:none;stroke:#1f6fb4}\
                 .given{fill:#c4460a;stroke:#c4460a}@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}\
                 .made{stroke:#7fb8ea}.given{fill:#ff9a5c;stroke:#ff9a5c}}";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title} of {about}\">\n\
         <style>{style}</style>\n<text class=\"title\" x=\"{left}\" y=\"20\">{title}</text>\n\
         <text x=\"{left}\" y=\"38\">{about}</text>\n",
        left = MARGIN[0]
    )
}

/// A little more than the values take.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), own| (low.min(own), high.max(own)));
    if low >= high || !low.is_finite() || !high.is_finite() {
        let middle = if low.is_finite() { low } else { 0.0 };
        return (middle - 0.5, middle + 0.5);
    }
    let more = 0.05 * (high - low);
    (low - more, high + more)
}

fn short(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn escaped(text: &str) -> String {
    let text = crate::diagnostics::clean(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(escaped("a<b>\"&\u{1b}[0m").matches(['<', '>', '"', '\u{1b}']).count(), 0);
    }

    #[test]
    fn one_value_has_room_around_it() {
        assert_eq!(ends([2.0, 2.0].into_iter()), (1.5, 2.5));
        assert_eq!(ends(std::iter::empty()), (-0.5, 0.5));
        assert_eq!(ends([0.0, 1.0].into_iter()), (-0.05, 1.05));
    }
}
