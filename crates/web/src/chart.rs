//! A small chart of figures over time as an image in the page: lines, dots and words, without script and without styles of its own, so
//! that the content-security-policy lets it pass and paper shows it. A table with the same figures stands beside it.

use jiff::civil::Date;

/// A point with its label.
#[derive(Debug, Clone)]
pub(crate) struct Dot {
    pub on: Date,
    pub value: f64,
    pub label: String,
}

/// Where a point lies, in the units of the image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub x: f64,
    pub y: f64,
    pub label: String,
    /// Where the label stands.
    pub above: f64,
    pub day: String,
    /// The day is written under the axis: there is room for it.
    pub dated: bool,
}

/// A chart ready to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    /// Points of the line: `x,y x,y`.
    pub line: String,
    pub places: Vec<Place>,
    /// Heights of the grid, with their labels.
    pub grid: Vec<(f64, String)>,
}

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 536.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 158.0;
/// So far apart two days can be written.
const APART: f64 = 72.0;

impl Chart {
    /// Of points in the order of time, between the lowest and the highest value that may be; nothing without points.
    pub(crate) fn new(dots: &[Dot], low: f64, high: f64) -> Option<Chart> {
        let (first, last) = (dots.first()?.on, dots.last()?.on);
        let days =
            |day: Date| f64::from(i32::try_from(first.duration_until(day).as_hours() / 24).unwrap_or(0));
        let whole = days(last).max(1.0);
        let span = (high - low).max(1.0);
        let y = |value: f64| round(BOTTOM - (value.clamp(low, high) - low) / span * (BOTTOM - TOP));
        let alone = first == last;
        let x = |day: Date| {
            let part = if alone { 0.5 } else { days(day) / whole };
            round(LEFT + 12.0 + part * (RIGHT - LEFT - 24.0))
        };
        let mut reached = f64::NEG_INFINITY;
        let mut places = Vec::new();
        for dot in dots {
            let (x, y) = (x(dot.on), y(dot.value));
            let dated = x - reached >= APART;
            if dated {
                reached = x;
            }
            let above = if y < TOP + 8.0 { y + 18.0 } else { y - 9.0 };
            places.push(Place {
                x,
                y,
                label: dot.label.clone(),
                above: round(above),
                day: dot.on.to_string(),
                dated,
            });
        }
        let line: Vec<String> = places.iter().map(|place| format!("{},{}", place.x, place.y)).collect();
        let grid = [low, low + span / 2.0, high].map(|value| (y(value), figure(value)));
        Some(Chart {
            width: WIDTH,
            height: HEIGHT,
            left: LEFT,
            right: RIGHT,
            bottom: BOTTOM,
            line: line.join(" "),
            places,
            grid: grid.to_vec(),
        })
    }
}

/// To a tenth: enough for the eye, and the same on every machine.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn figure(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// A figure of the rules as a number to draw.
pub(crate) fn number(figure: rules::scale::Figure) -> f64 {
    figure.to_string().parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use proptest::prelude::*;

    fn dot(day: &str, value: f64) -> Dot {
        Dot { on: day.parse().unwrap(), value, label: value.to_string() }
    }

    #[test]
    fn points_lie_where_time_and_value_put_them() {
        assert!(Chart::new(&[], 0.0, 27.0).is_none());
        let one = Chart::new(&[dot("2026-01-05", 9.0)], 0.0, 27.0).unwrap();
        assert_eq!((one.places[0].x, one.places[0].dated), (288.0, true));
        let chart = Chart::new(
            &[dot("2026-01-01", 27.0), dot("2026-01-11", 0.0), dot("2026-01-21", 13.5)],
            0.0,
            27.0,
        )
        .unwrap();
        let places: Vec<(f64, f64)> = chart.places.iter().map(|place| (place.x, place.y)).collect();
        assert_eq!(places, [(52.0, 24.0), (288.0, 158.0), (524.0, 91.0)]);
        assert_eq!(chart.grid, [(158.0, "0".to_owned()), (91.0, "13.5".to_owned()), (24.0, "27".to_owned())]);
        assert_eq!(chart.line, "52,24 288,158 524,91");
    }

    proptest! {
        #[test]
        fn nothing_lies_outside(values in proptest::collection::vec((0_i32..4000, -1.0e6_f64..1.0e6), 1..40), low in -10.0_f64..10.0, high in -10.0_f64..200.0) {
            let mut values = values;
            values.sort_by_key(|(day, _)| *day);
            let start: Date = "2020-01-01".parse().unwrap();
            let dots: Vec<Dot> = values.iter().map(|(day, value)| Dot {
                on: start.saturating_add(day.days()), value: *value, label: String::new(),
            }).collect();
            if low <= high {
                let chart = Chart::new(&dots, low, high).unwrap();
                for place in &chart.places {
                    prop_assert!((LEFT..=RIGHT).contains(&place.x) && (TOP..=BOTTOM).contains(&place.y), "{place:?}");
                }
                let dated: Vec<f64> = chart.places.iter().filter(|place| place.dated).map(|place| place.x).collect();
                prop_assert!(dated.windows(2).all(|pair| pair[1] - pair[0] >= APART));
            }
        }
    }
}
