//! Help with money on pages: a township signs and reviews, the county settles and takes the list away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use crate::followup::{managed, settle};
use axum::http::StatusCode;
use serde_json::json;

both!(money_of_the_follow_up_from_the_agreement_to_the_list, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let base = format!("/followup/records/{record}/support");
    let mut doctor = county.browser("town doctor").await;
    let page = doctor.get(&format!("{base}?lang=zh-CN")).await;
    assert!(page.status == 200 && page.text.contains("纳入救助"), "{}", page.text);
    // What is missing is told beside its field; what was typed is kept, lines and all.
    let typed = [("programme", "free_medication"), ("local_rule", "true"), ("on", "2026-03-02")];
    let faulty = doctor.post(&format!("{base}/enter"), &typed).await;
    assert!(faulty.status == 422 && faulty.text.contains("f-note-problem"), "{}", faulty.text);
    let typed = [typed.as_slice(), &[("note", "区惠民办法\r\n第三条")]].concat();
    assert_eq!(doctor.post(&format!("{base}/enter"), &typed).await.status, 303);
    let page = doctor.get(&base).await;
    let of = page.text.split("/support/give?of=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = doctor.get(&format!("{base}/give?of={of}")).await;
    assert!(form.text.contains("按费用的 100% 发放"), "{}", form.text);
    let gift = [
        ("of", of.as_str()),
        ("drug", "利培酮<b>"),
        ("quantity", "60 片"),
        ("from", "2026-03-02"),
        ("until", "2026-03-31"),
        ("cost", "1,126.50"),
        ("payer", "区卫生健康委"),
    ];
    let given = doctor.post(&format!("{base}/give"), &gift).await;
    assert_eq!(given.status, 303, "{}", given.text);
    let twice = doctor.post(&format!("{base}/give"), &gift).await;
    assert!(
        twice.status == 422 && twice.text.contains("已经发放过") && twice.text.contains("利培酮&#60;b&#62;")
    );
    let form = doctor.get(&format!("{base}/sign")).await;
    assert!(form.text.contains("按照医嘱督促按时服药"), "{}", form.text);
    let signed = [
        ("on", "2026-03-02"),
        ("guardian_name", "郑父"),
        ("guardian_relation", "父亲"),
        ("duties", "care"),
        ("duties", "medication"),
    ];
    assert_eq!(doctor.post(&format!("{base}/sign"), &signed).await.status, 303);
    let page = doctor.get(&format!("{base}?done=sign")).await;
    for part in ["监护协议已登记", "郑父", "2026-06-02", "1,126.50", "2,400.00 元"] {
        assert!(page.text.contains(part), "{part}");
    }
    let page = doctor.get(&format!("/followup/records/{record}")).await;
    assert!(page.text.contains("监护人以奖代补") && page.text.contains("2026-06-02"));
    // The county sees the year and settles it; this one still runs.
    let mut officer = county.browser("health officer").await;
    let list = officer.get("/followup/guardians?lang=zh-CN").await;
    assert!(list.text.contains("郑父") && list.text.contains("截至目前"), "{}", list.text);
    let none = officer.post("/followup/guardians", &[("year", "2026"), ("payer", "")]).await;
    assert!(none.status == 422 && none.text.contains("支付单位"), "{}", none.text);
    for (name, value) in [("year", "last"), ("division", "here")] {
        let wrong = officer.post("/followup/guardians", &[(name, value), ("payer", "区财政")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} is not taken for something else");
    }
    let early = officer.post("/followup/guardians", &[("year", "2026"), ("payer", "区财政")]).await;
    assert!(early.status == 200 && early.text.contains("尚未结束"), "{}", early.text);
    let list = officer.get("/followup/payments?grant=1000").await;
    for part in ["1,126.50 元", "1,000.00 元", "126.50 元", "郑随访"] {
        assert!(list.text.contains(part), "{part}");
    }
    let file = officer.get("/followup/payments/export?format=csv").await;
    assert!(file.text.contains("合计") && file.text.contains("1126.50"), "{}", file.text);
    // The same for programs.
    let money = county.get("town doctor", &format!("/api/v1/smd-records/{record}/support")).await;
    assert_eq!(money.json["payments"][0]["amount_fen"], 112_650, "{}", money.json);
    let sum = county.get("health officer", "/api/v1/smd-payments?programme=free_medication").await;
    assert_eq!((sum.json["total"].as_i64(), sum.json["sum_fen"].as_i64()), (Some(1), Some(112_650)));
    let sent = json!({ "year": 2026, "payer": "区财政" });
    let refused = county.post("town doctor", "/api/v1/smd-guardians", &[], &sent).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.json);
});

both!(an_admission_is_paid_for_on_its_page_and_no_day_of_it_twice, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let base = format!("/followup/records/{record}/support");
    let mut doctor = county.browser("town doctor").await;
    doctor.get(&format!("{base}/enter?lang=zh-CN")).await.has("住院补助");
    let entered = [
        ("programme", "admission_subsidy"),
        ("local_rule", "true"),
        ("on", "2026-03-02"),
        ("note", "区住院补助办法第五条"),
    ];
    assert_eq!(doctor.post(&format!("{base}/enter"), &entered).await.status, 303);
    county.on("2026-03-20");
    let mut doctor = county.browser("town doctor").await;
    let page = doctor.get(&format!("{base}?lang=zh-CN")).await;
    let of = page.text.split("/support/give?of=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = doctor.get(&format!("{base}/give?of={of}&lang=zh-CN")).await;
    form.has("按费用的 100% 发放").has("name=\"until\"").lacks("name=\"drug\"");
    let stay = |from, until| {
        [
            ("of", of.as_str()),
            ("from", from),
            ("until", until),
            ("cost", "4,321.60"),
            ("payer", "区医保局"),
            ("note", "市精神卫生中心"),
        ]
    };
    let give = format!("{base}/give");
    let early = doctor.post(&give, &stay("2026-03-05", "2026-03-21")).await;
    assert_eq!(early.status, 422);
    early.has("日期不能晚于今天").has("市精神卫生中心").has("4,321.60");
    let given = doctor.post(&give, &stay("2026-03-05", "2026-03-18")).await;
    assert_eq!(given.status, 303, "{}", given.text);
    let twice = doctor.post(&give, &stay("2026-03-18", "2026-03-19")).await;
    assert_eq!(twice.status, 422);
    twice.has("已经发放过");
    let page = doctor.get(&base).await;
    for part in ["住院补助", "2026-03-05 – 2026-03-18", "4,321.60", "区医保局", "市精神卫生中心"]
    {
        page.has(part);
    }
    // The county sees it among what was paid, and takes the list away.
    let mut officer = county.browser("health officer").await;
    let list = officer.get("/followup/payments?programme=admission_subsidy&lang=zh-CN").await;
    list.has("郑随访").has("4,321.60 元");
    let file = officer.get("/followup/payments/export?format=csv&programme=admission_subsidy").await;
    file.has("合计").has("4321.60");
    let sum = county.get("health officer", "/api/v1/smd-payments?programme=admission_subsidy").await;
    assert_eq!((sum.json["total"].as_i64(), sum.json["sum_fen"].as_i64()), (Some(1), Some(432_160)));
    let drugs = county.get("health officer", "/api/v1/smd-payments?programme=free_medication").await;
    assert_eq!(drugs.json["total"].as_i64(), Some(0), "{}", drugs.json);
});
