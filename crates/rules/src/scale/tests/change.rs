//! Whether two totals differ by more than chance.

use super::*;

fn verdict(id: &str, before: &str, after: &str) -> Option<Verdict> {
    let figure = |text: &str| Figure::parse(text).unwrap();
    scale(id).change(figure(before), figure(after)).map(|change| change.verdict)
}

#[test]
fn each_scale_has_its_threshold() {
    use Verdict::{Changed, Improved, Unchanged, Worsened};
    let rows = [
        ("phq-9", "15", "10", Some(Improved)),
        ("phq-9", "15", "11", Some(Unchanged)),
        ("phq-9", "15", "20", Some(Worsened)),
        ("phq-9", "15", "19", Some(Unchanged)),
        ("gad-7", "10", "6", Some(Improved)),
        ("gad-7", "10", "7", Some(Unchanged)),
        ("who-5", "40", "50", Some(Improved)),
        ("who-5", "40", "30", Some(Worsened)),
        ("who-5", "40", "48", Some(Unchanged)),
        ("k10", "25", "22", Some(Improved)),
        ("k10", "25", "23", Some(Unchanged)),
        ("whodas-12", "50.00", "42.00", Some(Improved)),
        ("whodas-12", "50.00", "42.01", Some(Unchanged)),
        ("psp", "45", "55", Some(Improved)),
        ("psp", "45", "54", Some(Unchanged)),
        ("sdss", "6", "4", Some(Improved)),
        ("sdss", "6", "5", Some(Unchanged)),
        ("adl", "20", "24", Some(Worsened)),
        ("iadl", "10", "12", Some(Worsened)),
        // Response: a fifth of what lay above 18.
        ("bprs", "58", "50", Some(Improved)),
        ("bprs", "58", "51", Some(Unchanged)),
        ("bprs", "58", "66", Some(Worsened)),
        ("bprs", "18", "30", None),
        ("isi", "20", "2", None),
    ];
    for (id, before, after, expected) in rows {
        assert_eq!(verdict(id, before, after), expected, "{id} {before} → {after}");
    }
    let mut definition = scale("phq-9").definition().clone();
    definition.direction = None;
    let change = Scale::new(definition).unwrap().change(Figure::whole(5), Figure::whole(10)).unwrap();
    assert_eq!((change.verdict, change.difference), (Changed, Figure::whole(5)));
}

fn reliable(sd: &str, reliability: &str) -> Scale {
    let mut definition = scale("phq-9").definition().clone();
    let figure = |text: &str| Figure::parse(text).unwrap();
    let known = Reliable { sd: figure(sd), reliability: figure(reliability) };
    definition.change =
        Some(ChangeRule { reliable: Some(known), percent: None, points: Some(Figure::whole(1)) });
    Scale::new(definition).unwrap()
}

#[test]
fn reliable_change_by_deviation_and_reliability() {
    // SD 5, r 0.82: 5 × √0.36 = 3; 1.96 × 3 = 5.88.
    let scale = reliable("5", "0.82");
    let rows = [
        (15, 9, Verdict::Improved, "-2.00"),
        (15, 10, Verdict::Unchanged, "-1.67"),
        (9, 15, Verdict::Worsened, "2.00"),
        (9, 9, Verdict::Unchanged, "0.00"),
    ];
    for (before, after, verdict, index) in rows {
        let change = scale.change(Figure::whole(before), Figure::whole(after)).unwrap();
        assert_eq!(
            (change.verdict, change.index.unwrap().to_string().as_str()),
            (verdict, index),
            "{before} {after}"
        );
    }
    // Exactly 1.96 is not beyond it: SD 25, r 0.98: 25 × √0.04 = 5; 9.8 points.
    let scale = reliable("25", "0.98");
    let by = |tenths: i64| scale.change(Figure::whole(0), Figure::of(tenths, 1).unwrap()).unwrap().verdict;
    assert_eq!((by(98), by(99)), (Verdict::Unchanged, Verdict::Worsened));
}
