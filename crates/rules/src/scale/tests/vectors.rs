//! Tables of cases for each scale: minimum, maximum, each edge of a band, missing answers, what must not wait.

use super::*;
use crate::identity_number::Sex;

/// Id, answers, total, band, flags.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const CRISIS: &[&str] = &["crisis"];

fn hold(rows: &[Row]) {
    for (id, text, total, band, flags) in rows {
        let scale = scale(id);
        let outcome = scale.score(&answers(text), Circumstances::default()).unwrap();
        let expected =
            ((*total).to_owned(), (*band).to_owned(), flags.iter().map(|flag| (*flag).to_owned()).collect());
        assert_eq!(shown(&outcome), expected, "{id} {text}");
    }
}

#[test]
fn phq_9() {
    hold(&[
        ("phq-9", "0,0,0,0,0,0,0,0,0", "0", "minimal", &[]),
        ("phq-9", "1,1,1,1,0,0,0,0,0", "4", "minimal", &[]),
        ("phq-9", "1,1,1,1,1,0,0,0,0", "5", "mild", &[]),
        ("phq-9", "1,1,1,1,1,1,1,1,1", "9", "mild", CRISIS),
        ("phq-9", "3,3,3,0,0,0,0,0,0", "9", "mild", &["other_depressive_syndrome"]),
        ("phq-9", "1,1,3,3,2,0,0,0,0", "10", "moderate", &[]),
        ("phq-9", "1,1,3,3,3,3,0,0,0", "14", "moderate", &[]),
        ("phq-9", "1,1,3,3,3,3,1,0,0", "15", "moderately_severe", &[]),
        ("phq-9", "1,1,3,3,3,3,3,2,0", "19", "moderately_severe", &[]),
        ("phq-9", "1,1,3,3,3,3,3,3,0", "20", "severe", &["appointment"]),
        (
            "phq-9",
            "3,3,3,3,3,3,3,3,3",
            "27",
            "severe",
            &["crisis", "appointment", "major_depressive_syndrome"],
        ),
        ("phq-9", "0,0,0,0,0,0,0,0,1", "1", "minimal", CRISIS),
        ("phq-9", "0,0,0,0,0,0,0,0,2", "2", "minimal", CRISIS),
        // The algorithm: five signs with one of the first two; item 9 counts from 1 on.
        ("phq-9", "2,0,2,2,2,0,0,0,1", "9", "mild", &["crisis", "major_depressive_syndrome"]),
        ("phq-9", "2,0,2,2,1,0,0,0,1", "8", "mild", &["crisis", "other_depressive_syndrome"]),
        ("phq-9", "1,1,2,2,2,2,2,0,0", "12", "moderate", &[]),
        ("phq-9", "2,0,0,0,0,0,0,0,0", "2", "minimal", &[]),
        // Eight of nine are enough, and are raised to nine: 8 × 9 / 8.
        ("phq-9", "1,1,1,1,1,1,1,1,", "9", "mild", &["prorated"]),
        ("phq-9", ",1,1,1,1,1,1,0,0", "7", "mild", &["prorated"]),
        ("phq-9", "1,1,1,1,1,1,1,,", "-", "-", &["incomplete"]),
        ("phq-9", ",,,,,,,,1", "-", "-", &["crisis", "incomplete"]),
        ("phq-9", ",,,,,,,,", "-", "-", &["incomplete"]),
        // The tenth item, on function, is not counted, and may be left out.
        ("phq-9", "1,1,1,1,1,0,0,0,0,3", "5", "mild", &[]),
        ("phq-9", "3,3,3,3,3,3,3,3,0,0", "24", "severe", &["appointment", "major_depressive_syndrome"]),
        ("phq-9", "1,1,1,1,1,1,1,,,3", "-", "-", &["incomplete"]),
        ("phq-9", "1,1,1,1,1,1,1,1,,", "9", "mild", &["prorated"]),
    ]);
    let scale = scale("phq-9");
    let level = |text: &str| scale.score(&answers(text), Circumstances::default()).unwrap().level();
    assert_eq!(level("0,0,0,0,0,0,0,0,1"), Some(2));
    assert_eq!(level("0,0,0,0,0,0,0,0,2"), Some(3));
    assert_eq!(level("1,1,3,3,3,3,3,3,0"), Some(2));
    assert_eq!(level("0,0,0,0,0,0,0,0,0"), None);
}

#[test]
fn phq_2_and_phq_15() {
    hold(&[
        ("phq-2", "0,0", "0", "negative", &[]),
        ("phq-2", "1,1", "2", "negative", &[]),
        ("phq-2", "1,2", "3", "positive", &[]),
        ("phq-2", "3,3", "6", "positive", &[]),
        ("phq-2", "3,", "-", "-", &["incomplete"]),
        ("phq-15", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "0", "minimal", &[]),
        ("phq-15", "2,2,0,0,0,0,0,0,0,0,0,0,0,0,0", "4", "minimal", &[]),
        ("phq-15", "2,2,1,0,0,0,0,0,0,0,0,0,0,0,0", "5", "mild", &[]),
        ("phq-15", "2,2,2,2,1,0,0,0,0,0,0,0,0,0,0", "9", "mild", &[]),
        ("phq-15", "2,2,2,2,2,0,0,0,0,0,0,0,0,0,0", "10", "moderate", &[]),
        ("phq-15", "2,2,2,2,2,2,2,0,0,0,0,0,0,0,0", "14", "moderate", &[]),
        ("phq-15", "2,2,2,2,2,2,2,1,0,0,0,0,0,0,0", "15", "severe", &[]),
        ("phq-15", "2,2,2,2,2,2,2,2,2,2,2,2,2,2,2", "30", "severe", &[]),
        ("phq-15", "1,1,1,,1,1,1,1,1,1,1,1,,,1", "15", "severe", &["prorated"]),
        ("phq-15", "1,1,1,,1,1,1,1,1,1,1,,,,1", "-", "-", &["incomplete"]),
    ]);
    // A man leaves the fourth empty: it is not missing.
    let scale = scale("phq-15");
    let about = Circumstances { sex: Some(Sex::Male), ..Circumstances::default() };
    let outcome = scale.score(&answers("1,1,1,,1,1,1,1,1,1,1,1,1,1,1"), about).unwrap();
    assert_eq!(shown(&outcome), ("14".to_owned(), "moderate".to_owned(), vec![]));
    assert_eq!((outcome.answered, outcome.asked), (14, 14));
}

#[test]
fn gad_7() {
    hold(&[
        ("gad-7", "0,0,0,0,0,0,0", "0", "minimal", &[]),
        ("gad-7", "1,1,1,1,0,0,0", "4", "minimal", &[]),
        ("gad-7", "1,1,1,1,1,0,0", "5", "mild", &[]),
        ("gad-7", "1,1,1,1,1,2,2", "9", "mild", &[]),
        ("gad-7", "1,1,1,1,2,2,2", "10", "moderate", &[]),
        ("gad-7", "2,2,2,2,2,2,2", "14", "moderate", &[]),
        ("gad-7", "3,2,2,2,2,2,2", "15", "severe", &["appointment"]),
        ("gad-7", "3,3,3,3,3,3,3", "21", "severe", &["appointment"]),
        ("gad-7", "1,1,1,1,1,1,", "7", "mild", &["prorated"]),
        ("gad-7", "1,1,1,1,1,,", "-", "-", &["incomplete"]),
    ]);
}

#[test]
fn who_5_k6_and_k10() {
    hold(&[
        ("who-5", "0,0,0,0,0", "0", "likely_depression", &[]),
        ("who-5", "2,2,1,1,1", "28", "likely_depression", &[]),
        ("who-5", "2,2,2,1,1", "32", "poor", &[]),
        ("who-5", "2,2,2,2,2", "40", "poor", &[]),
        ("who-5", "3,3,2,2,2", "48", "poor", &[]),
        ("who-5", "3,3,3,2,2", "52", "good", &[]),
        ("who-5", "5,5,5,5,5", "100", "good", &[]),
        // 9 of four answers are 11.25 of five, rounded to 11, times 4.
        ("who-5", "3,2,2,2,", "44", "poor", &["prorated"]),
        ("who-5", "3,2,2,,", "-", "-", &["incomplete"]),
        ("k6", "0,0,0,0,0,0", "0", "low", &[]),
        ("k6", "4,0,0,0,0,0", "4", "low", &[]),
        ("k6", "4,1,0,0,0,0", "5", "moderate", &[]),
        ("k6", "4,4,4,0,0,0", "12", "moderate", &[]),
        ("k6", "4,4,4,1,0,0", "13", "serious", &[]),
        ("k6", "4,4,4,4,3,0", "19", "serious", &[]),
        ("k6", "4,4,4,4,4,0", "20", "serious", &["appointment"]),
        ("k6", "4,4,4,4,4,4", "24", "serious", &["appointment"]),
        ("k6", "2,2,2,2,2,", "12", "moderate", &["prorated"]),
        ("k6", "2,2,2,2,,", "-", "-", &["incomplete"]),
        // The form with answers from 1 to 5: the sum less 6.
        ("k6-1-5", "1,1,1,1,1,1", "0", "low", &[]),
        ("k6-1-5", "5,1,1,1,1,1", "4", "low", &[]),
        ("k6-1-5", "5,5,5,2,1,1", "13", "serious", &[]),
        ("k6-1-5", "5,5,5,5,5,1", "20", "serious", &["appointment"]),
        ("k6-1-5", "5,5,5,5,5,5", "24", "serious", &["appointment"]),
        ("k6-1-5", "3,3,3,3,3,", "12", "moderate", &["prorated"]),
        ("k10", "1,1,1,1,1,1,1,1,1,1", "10", "low", &[]),
        ("k10", "1,1,1,1,1,2,2,3,3,4", "19", "low", &[]),
        ("k10", "2,2,2,2,2,2,2,2,2,2", "20", "mild", &[]),
        ("k10", "2,2,2,2,2,2,3,3,3,3", "24", "mild", &[]),
        ("k10", "2,2,2,2,2,3,3,3,3,3", "25", "moderate", &[]),
        ("k10", "2,3,3,3,3,3,3,3,3,3", "29", "moderate", &[]),
        ("k10", "3,3,3,3,3,3,3,3,3,3", "30", "severe", &[]),
        ("k10", "5,5,5,5,5,5,5,5,5,5", "50", "severe", &[]),
        ("k10", "1,1,1,1,1,1,1,1,,", "10", "low", &["prorated"]),
        ("k10", "1,1,1,1,1,1,1,,,", "-", "-", &["incomplete"]),
    ]);
}

#[test]
fn epds_and_gds_15_reverse_what_they_reverse() {
    hold(&[
        // The first option of items 3 and 5 to 10 is the worst.
        ("epds", "0,0,0,0,0,0,0,0,0,0", "21", "probable", &["crisis", "self_harm_high"]),
        ("epds", "3,3,3,3,3,3,3,3,3,3", "9", "low", &[]),
        ("epds", "0,0,3,0,3,3,3,3,3,3", "0", "low", &[]),
        ("epds", "3,3,0,3,0,0,0,0,0,0", "30", "probable", &["crisis", "self_harm_high"]),
        ("epds", "3,3,2,3,3,3,3,3,3,3", "10", "possible", &[]),
        ("epds", "3,3,0,3,3,3,3,3,3,3", "12", "possible", &[]),
        ("epds", "3,3,0,3,2,3,3,3,3,3", "13", "probable", &[]),
        ("epds", "0,0,3,0,3,3,3,3,3,2", "1", "low", CRISIS),
        ("epds", "0,0,3,0,3,3,3,3,3,1", "2", "low", &["crisis", "self_harm_high"]),
        ("epds", "1,1,2,1,2,2,2,2,,3", "9", "low", &["prorated"]),
        ("epds", "1,1,2,1,2,2,2,,,", "-", "-", &["incomplete"]),
        // No on 1, 5, 7, 11, 13 is depressive.
        ("gds-15", "1,0,0,0,1,0,1,0,0,0,1,0,1,0,0", "0", "normal", &[]),
        ("gds-15", "0,1,1,1,0,1,0,1,1,1,0,1,0,1,1", "15", "severe", &[]),
        ("gds-15", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "5", "mild", &[]),
        ("gds-15", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "10", "severe", &[]),
        ("gds-15", "0,0,0,0,0,0,0,0,0,0,0,0,1,0,0", "4", "normal", &[]),
        ("gds-15", "0,1,1,1,0,0,0,0,0,0,1,0,0,0,0", "7", "mild", &[]),
        ("gds-15", "0,1,1,1,0,1,0,0,0,0,0,0,0,0,0", "9", "mild", &[]),
        ("gds-15", "0,1,1,1,0,1,0,1,1,1,0,1,,,", "15", "severe", &["prorated"]),
        ("gds-15", "0,1,1,1,0,1,0,1,1,1,0,,,,", "-", "-", &["incomplete"]),
    ]);
}

#[test]
fn audit() {
    hold(&[
        ("audit", "0,0,0,0,0,0,0,0,0,0", "0", "low_risk", &[]),
        ("audit", "4,3,0,0,0,0,0,0,0,0", "7", "low_risk", &[]),
        ("audit", "4,4,0,0,0,0,0,0,0,0", "8", "hazardous", &[]),
        ("audit", "4,4,4,3,0,0,0,0,0,0", "15", "hazardous", &[]),
        ("audit", "4,4,4,0,0,0,0,0,4,0", "16", "harmful", &[]),
        ("audit", "4,4,4,3,0,0,0,0,2,2", "19", "harmful", &[]),
        ("audit", "4,4,4,4,0,0,0,0,4,0", "20", "dependence", &["referral"]),
        ("audit", "4,4,4,4,4,4,4,4,4,4", "40", "dependence", &["referral"]),
        ("audit", "1,1,1,1,1,1,1,1,,", "10", "hazardous", &["prorated"]),
        ("audit", "1,1,1,1,1,1,1,,,", "-", "-", &["incomplete"]),
    ]);
    let scale = scale("audit");
    let outcome = scale.score(&all(&scale, 4), Circumstances::default()).unwrap();
    assert_eq!(outcome.level(), Some(1));
}

#[test]
fn audit_c_has_a_limit_for_each_sex() {
    let scale = scale("audit-c");
    let rows = [
        ("0,0,0", Some(Sex::Male), "0", "negative"),
        ("1,1,1", Some(Sex::Male), "3", "negative"),
        ("2,1,1", Some(Sex::Male), "4", "positive"),
        ("4,4,4", Some(Sex::Male), "12", "positive"),
        ("1,1,0", Some(Sex::Female), "2", "negative"),
        ("1,1,1", Some(Sex::Female), "3", "positive"),
        ("4,4,4", Some(Sex::Female), "12", "positive"),
        // Where both agree, the sex need not be known.
        ("1,1,0", None, "2", "negative"),
        ("1,1,1", None, "3", "-"),
        ("2,1,1", None, "4", "positive"),
    ];
    for (text, sex, total, band) in rows {
        let outcome = scale.score(&answers(text), Circumstances { sex, risk_grade: None }).unwrap();
        assert_eq!(shown(&outcome), (total.to_owned(), band.to_owned(), vec![]), "{text} {sex:?}");
    }
}

#[test]
fn whodas_is_printed_with_two_places() {
    hold(&[
        ("whodas-12", "0,0,0,0,0,0,0,0,0,0,0,0", "0.00", "-", &[]),
        ("whodas-12", "2,2,2,2,2,2,2,2,2,2,2,2", "50.00", "-", &[]),
        ("whodas-12", "4,4,4,4,4,4,4,4,4,4,4,4", "100.00", "-", &[]),
        ("whodas-12", "1,0,0,0,0,0,0,0,0,0,0,0", "2.08", "-", &[]),
        ("whodas-12", "1,1,1,1,1,0,0,0,0,0,0,0", "10.42", "-", &[]),
        ("whodas-12", "2,2,2,2,2,2,2,2,2,2,,", "50.00", "-", &["prorated"]),
        ("whodas-12", "2,2,2,2,2,2,2,2,2,,,", "-", "-", &["incomplete"]),
    ]);
    let scale = scale("whodas-12");
    let outcome = scale.score(&answers("1,0,4,0,0,3,2,0,0,0,0,0"), Circumstances::default()).unwrap();
    let scores: Vec<String> = scale
        .definition()
        .scores
        .iter()
        .zip(&outcome.scores)
        .map(|(score, value)| format!("{} {}", score.code, value.unwrap()))
        .collect();
    let expected = [
        "raw 10",
        "total 20.83",
        "cognition 7",
        "mobility 3",
        "self_care 0",
        "getting_along 0",
        "life_activities 0",
        "participation 0",
    ];
    assert_eq!(scores, expected);
}

#[test]
fn psp_lets_the_rater_choose_within_what_the_domains_permit() {
    let scale = scale("psp");
    // Domains a socially useful, b relationships, c self-care, d disturbing; 0 absent to 5 very severe.
    let rows = [
        ("0,0,0,0", 81, 100, "good"),
        ("1,0,0,0", 71, 80, "good"),
        ("1,1,1,0", 71, 80, "good"),
        ("2,0,0,0", 61, 70, "limited"),
        ("2,2,2,1", 61, 70, "limited"),
        ("0,0,0,1", 61, 70, "limited"),
        ("3,0,0,0", 51, 60, "limited"),
        ("0,0,0,2", 51, 60, "limited"),
        ("3,3,0,0", 41, 50, "limited"),
        ("3,3,3,2", 41, 50, "limited"),
        ("4,0,0,2", 41, 50, "limited"),
        ("4,3,0,0", 31, 40, "limited"),
        ("0,0,0,3", 31, 40, "limited"),
        ("4,4,0,0", 21, 30, "poor"),
        ("0,0,0,4", 21, 30, "poor"),
        ("4,4,4,0", 21, 30, "poor"),
        ("4,4,4,4", 1, 20, "poor"),
        ("0,0,0,5", 1, 20, "poor"),
        ("5,5,5,5", 1, 20, "poor"),
    ];
    for (domains, from, to, band) in rows {
        let about = Circumstances::default();
        assert_eq!(scale.permitted(&answers(domains), about).unwrap(), Some((from, to)), "{domains}");
        let open = scale.score(&answers(domains), about).unwrap();
        assert_eq!(
            shown(&open),
            ("-".to_owned(), band.to_owned(), vec!["incomplete".to_owned()]),
            "{domains}"
        );
        for chosen in 1..=100 {
            let found = scale.score(&answers(&format!("{domains},{chosen}")), about);
            if (from..=to).contains(&chosen) {
                assert_eq!(
                    shown(&found.unwrap()),
                    (chosen.to_string(), band.to_owned(), vec![]),
                    "{domains}"
                );
            } else {
                let problem = Problem::NotPermitted { value: i64::from(chosen), from, to };
                assert_eq!(found.unwrap_err().problem, problem, "{domains},{chosen}");
            }
        }
    }
    let without = scale.score(&answers("3,,0,0,55"), Circumstances::default()).unwrap();
    assert_eq!(shown(&without).0, "-", "every domain must be rated");
    for (total, band) in
        [(1, "poor"), (30, "poor"), (31, "limited"), (70, "limited"), (71, "good"), (100, "good")]
    {
        let entered = scale.enter(total, Circumstances::default()).unwrap();
        assert_eq!(shown(&entered), (total.to_string(), band.to_owned(), vec![]), "{total}");
    }
    assert!(scale.enter(0, Circumstances::default()).is_err());
    assert!(scale.enter(101, Circumstances::default()).is_err());
}

#[test]
fn sdss_leaves_nine_out() {
    hold(&[
        ("sdss", "0,0,0,0,0,0,0,0,0,0", "0", "no_defect", &[]),
        ("sdss", "1,0,0,0,0,0,0,0,0,0", "1", "no_defect", &[]),
        ("sdss", "1,1,0,0,0,0,0,0,0,0", "2", "defect", &[]),
        ("sdss", "2,2,2,2,2,2,2,2,2,2", "20", "defect", &[]),
        // Left out, not raised: the rest is complete.
        ("sdss", "1,9,9,0,0,0,0,0,0,0", "1", "no_defect", &[]),
        ("sdss", "2,9,9,2,2,2,2,2,2,2", "16", "defect", &[]),
        ("sdss", "1,9,9,1,1,1,1,1,1,", "8", "defect", &["prorated"]),
        ("sdss", "1,9,9,1,1,1,1,,,", "-", "-", &["incomplete"]),
        ("sdss", "9,9,9,9,9,9,9,9,9,9", "-", "-", &["incomplete"]),
    ]);
}

#[test]
fn itaq_and_isi() {
    hold(&[
        ("itaq", "0,0,0,0,0,0,0,0,0,0,0", "0", "-", &[]),
        ("itaq", "2,2,2,2,2,2,2,2,2,2,1", "21", "-", &[]),
        ("itaq", "2,2,2,2,2,2,2,2,2,2,2", "22", "-", &["full_insight"]),
        ("itaq", "1,1,1,1,1,1,1,1,1,,", "11", "-", &["prorated"]),
        ("itaq", "1,1,1,1,1,1,1,1,,,", "-", "-", &["incomplete"]),
        ("isi", "0,0,0,0,0,0,0", "0", "none", &[]),
        ("isi", "1,1,1,1,1,1,1", "7", "none", &[]),
        ("isi", "2,1,1,1,1,1,1", "8", "subthreshold", &[]),
        ("isi", "2,2,2,2,2,2,2", "14", "subthreshold", &[]),
        ("isi", "3,2,2,2,2,2,2", "15", "moderate", &[]),
        ("isi", "3,3,3,3,3,3,3", "21", "moderate", &[]),
        ("isi", "4,3,3,3,3,3,3", "22", "severe", &[]),
        ("isi", "4,4,4,4,4,4,4", "28", "severe", &[]),
        ("isi", "1,1,1,1,1,1,", "7", "none", &["prorated"]),
        ("isi", "1,1,1,1,1,,", "-", "-", &["incomplete"]),
    ]);
}

#[test]
fn bprs() {
    hold(&[
        ("bprs", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "18", "below", &[]),
        ("bprs", "7,7,4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2", "34", "below", &[]),
        ("bprs", "7,7,4,2,1,1,1,1,1,1,1,1,1,1,1,1,1,2", "35", "below", &[]),
        ("bprs", "7,7,4,3,1,1,1,1,1,1,1,1,1,1,1,1,1,2", "36", "above", &[]),
        ("bprs", "7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7", "126", "above", CRISIS),
        ("bprs", "1,1,1,1,1,1,1,1,1,4,7,1,1,1,1,1,1,1", "27", "below", &[]),
        ("bprs", "1,1,1,1,1,1,1,1,1,5,1,1,1,1,1,1,1,1", "22", "below", CRISIS),
        // 0 is not rated.
        ("bprs", "0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "17", "below", &[]),
        ("bprs", ",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "18", "below", &["prorated"]),
        ("bprs", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,,,,", "-", "-", &["incomplete"]),
    ]);
    let scale = scale("bprs");
    let suspicious = answers("1,1,1,1,1,1,1,1,1,1,5,1,1,1,1,1,1,1");
    for (risk_grade, level) in [(None, None), (Some(2), None), (Some(3), Some(3)), (Some(5), Some(3))] {
        let outcome = scale.score(&suspicious, Circumstances { sex: None, risk_grade }).unwrap();
        assert_eq!(outcome.level(), level, "{risk_grade:?}");
    }
    let outcome =
        scale.score(&answers("1,2,3,4,5,6,7,1,2,3,4,5,6,7,1,2,3,4"), Circumstances::default()).unwrap();
    let factors: Vec<String> =
        outcome.scores.iter().skip(1).map(|factor| factor.unwrap().to_string()).collect();
    // (1+2+5+2)/4, (3+6+2+4)/4, (4+1+5+1)/4, (6+7+3)/3, (3+4+7)/3
    assert_eq!(factors, ["2.50", "3.75", "2.75", "5.33", "4.67"]);
}

#[test]
fn adl_and_iadl() {
    hold(&[
        ("adl", "1,1,1,1,1,1,1,1,1,1,1,1,1,1", "14", "normal", &[]),
        ("adl", "2,2,1,1,1,1,1,1,1,1,1,1,1,1", "16", "normal", &[]),
        ("adl", "2,2,2,1,1,1,1,1,1,1,1,1,1,1", "17", "some_decline", &[]),
        ("adl", "2,2,2,2,2,2,2,1,1,1,1,1,1,1", "21", "some_decline", &[]),
        ("adl", "2,2,2,2,2,2,2,2,1,1,1,1,1,1", "22", "marked", &[]),
        ("adl", "4,4,4,4,4,4,4,4,4,4,4,4,4,4", "56", "marked", &[]),
        // Two items of 3 and more are marked at any total; one is not.
        ("adl", "3,3,1,1,1,1,1,1,1,1,1,1,1,1", "18", "marked", &[]),
        ("adl", "4,1,1,1,1,1,1,1,1,1,1,1,1,1", "17", "some_decline", &[]),
        ("adl", "8,9,1,1,1,1,1,1,1,1,1,1,1,1", "12", "normal", &[]),
        ("adl", ",,1,1,1,1,1,1,1,1,1,1,1,1", "14", "normal", &["prorated"]),
        ("adl", ",,,1,1,1,1,1,1,1,1,1,1,1", "-", "-", &["incomplete"]),
        ("iadl", "1,1,1,1,1,1,1,1", "8", "normal", &[]),
        ("iadl", "2,1,1,1,1,1,1,1", "9", "decline", &[]),
        ("iadl", "4,4,4,4,4,4,4,4", "32", "decline", &[]),
        ("iadl", "9,1,1,1,1,1,1,1", "7", "normal", &[]),
        ("iadl", ",1,1,1,1,1,1,1", "8", "normal", &["prorated"]),
        ("iadl", ",,1,1,1,1,1,1", "-", "-", &["incomplete"]),
    ]);
}

#[test]
fn c_ssrs_is_a_level() {
    hold(&[
        ("c-ssrs", "0,0,,,,0", "0", "none", &[]),
        ("c-ssrs", "0,0,0,0,0,0", "0", "none", &[]),
        ("c-ssrs", "1,0,,,,0", "1", "low", &[]),
        ("c-ssrs", "1,1,0,0,0,0", "1", "low", &[]),
        ("c-ssrs", "1,1,1,0,0,0", "2", "moderate", &[]),
        ("c-ssrs", "1,1,1,1,0,0", "3", "high", CRISIS),
        ("c-ssrs", "1,1,0,0,1,0", "3", "high", CRISIS),
        ("c-ssrs", "0,0,,,,1", "3", "high", CRISIS),
        ("c-ssrs", "1,1,1,1,1,1", "3", "high", CRISIS),
        // After a yes to the second, the next three must be asked.
        ("c-ssrs", "1,1,,,,0", "-", "-", &["incomplete"]),
        ("c-ssrs", "1,1,,1,,", "-", "-", &["crisis", "incomplete"]),
    ]);
    let scale = scale("c-ssrs");
    assert_eq!(scale.score(&answers("0,0,,,,1"), Circumstances::default()).unwrap().level(), Some(4));
}

#[test]
fn local_templates_take_a_total_or_a_text() {
    let rows =
        [("local-psychosocial", 0, 100), ("local-social-adaptation", 0, 40), ("local-daily-living", 14, 56)];
    for (id, least, most) in rows {
        let scale = scale(id);
        for total in [least, most] {
            let entered = scale.enter(total, Circumstances::default()).unwrap();
            assert_eq!(shown(&entered), (total.to_string(), "-".to_owned(), vec![]), "{id}");
        }
        for total in [least - 1, most + 1, i64::MAX] {
            assert!(scale.enter(total, Circumstances::default()).is_err(), "{id} {total}");
        }
    }
    let text = scale("local-mental-status");
    assert_eq!(text.enter(1, Circumstances::default()).unwrap_err().problem, Problem::NoScore);
    assert_eq!(text.score(&[], Circumstances::default()).unwrap_err().problem, Problem::NoScore);
    assert_eq!(shown(&text.write("意识清楚，\n接触合作").unwrap()), ("-".to_owned(), "-".to_owned(), vec![]));
    let long = "长".repeat(LONGEST_TEXT + 1);
    for (written, problem) in [
        (" \n", Problem::NothingWritten),
        (long.as_str(), Problem::TooLong { most: LONGEST_TEXT }),
        ("意识\0清楚", Problem::NoLetters),
    ] {
        assert_eq!(text.write(written).unwrap_err().problem, problem);
    }
    assert_eq!(scale("phq-9").write("好").unwrap_err().problem, Problem::NoText);
    let alone = scale("phq-9").enter(9, Circumstances::default()).unwrap_err();
    assert_eq!(alone.problem, Problem::NeedsAnswers);
}

#[test]
fn what_is_no_answer_is_refused_with_its_item() {
    let rows = [
        (
            "phq-9",
            "0,0,4,0,0,0,0,0,0",
            "phq9-3",
            Problem::NoValue { value: 4, allowed: Allowed::Range(0, 3, vec![]) },
        ),
        (
            "phq-9",
            "-1,0,0,0,0,0,0,0,0",
            "phq9-1",
            Problem::NoValue { value: -1, allowed: Allowed::Range(0, 3, vec![]) },
        ),
        ("phq-9", "0,0", "answers", Problem::WrongNumber { found: 2, least: 9, most: 10 }),
        ("phq-9", "0,0,0,0,0,0,0,0,0,0,0", "answers", Problem::WrongNumber { found: 11, least: 9, most: 10 }),
        (
            "phq-9",
            "0,0,0,0,0,0,0,0,0,4",
            "phq9-10",
            Problem::NoValue { value: 4, allowed: Allowed::Range(0, 3, vec![]) },
        ),
        (
            "k6-1-5",
            "0,1,1,1,1,1",
            "k6-1",
            Problem::NoValue { value: 0, allowed: Allowed::Listed(vec![1, 2, 3, 4, 5]) },
        ),
        (
            "k10",
            "0,1,1,1,1,1,1,1,1,1",
            "k10-1",
            Problem::NoValue { value: 0, allowed: Allowed::Range(1, 5, vec![]) },
        ),
        (
            "audit",
            "0,0,0,0,0,0,0,0,3,0",
            "audit-9",
            Problem::NoValue { value: 3, allowed: Allowed::Listed(vec![0, 2, 4]) },
        ),
        (
            "sdss",
            "3,0,0,0,0,0,0,0,0,0",
            "sdss-1",
            Problem::NoValue { value: 3, allowed: Allowed::Range(0, 2, vec![9]) },
        ),
        ("psp", "0,0,0", "answers", Problem::WrongNumber { found: 3, least: 4, most: 5 }),
        (
            "c-ssrs",
            "2,0,0,0,0,0",
            "cssrs-1",
            Problem::NoValue { value: 2, allowed: Allowed::Listed(vec![0, 1]) },
        ),
    ];
    for (id, text, item, problem) in rows {
        let fault = scale(id).score(&answers(text), Circumstances::default()).unwrap_err();
        assert_eq!((fault.item.as_str(), &fault.problem), (item, &problem), "{id} {text}");
    }
}
