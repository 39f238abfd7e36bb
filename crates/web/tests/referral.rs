//! The pages of a referral as people of each role use them, on a database of their own. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::http::StatusCode;
use common::world::{World, application, identity_number, number_of};

on_both!(every_role_lands_on_a_work_list, World, |world| {
    for role in world.cookies.keys() {
        let page = world.get(role, "/work-list").await;
        assert_eq!(page.status, StatusCode::OK, "{role}");
        page.has("工作清单").has("没有待办任务");
        world.get(role, "/work-list?lang=en").await.has("No open tasks.").lacks("没有");
    }
});

on_both!(every_role_begins_where_its_work_is, World, |world| {
    for role in world.cookies.keys() {
        let first = world.get(role, "/").await.location;
        let expected = match *role {
            "administrator" | "security_administrator" => "/administration",
            "health_officer" => "/imports",
            _ => "/work-list",
        };
        assert_eq!(first, expected, "{role}");
        let page = world.get(role, &first).await;
        assert_eq!(page.status, StatusCode::OK, "{role}");
        // Every entry of the navigation can be opened.
        let entries = page.text.split("<nav class=\"side").nth(1).unwrap().split("</nav>").next().unwrap();
        for path in entries.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert_eq!(world.get(role, path).await.status, StatusCode::OK, "{role} {path}");
        }
    }
});

on_both!(each_power_keeps_its_own_on_the_page_of_administration, World, |world| {
    let system = world.get("administrator", "/administration").await;
    system.has("action=\"/administration/organisations\"").has("浦东民政局");
    system.lacks("/administration/accounts").lacks("测试referral_worker");
    let security = world.get("security_administrator", "/administration").await;
    security.has("action=\"/administration/accounts\"").has("测试referral_worker").has("测试administrator");
    security.lacks("action=\"/administration/organisations\"");
    let house = [("name", "新单位"), ("kind", "hospital"), ("division", "310115000000")];
    for (role, status) in
        [("administrator", StatusCode::SEE_OTHER), ("security_administrator", StatusCode::FORBIDDEN)]
    {
        assert_eq!(world.post(role, "/administration/organisations", &house).await.status, status, "{role}");
    }
    // Nobody does anything to the own account here, and nobody takes a second power under the same name.
    let own = security.text.split("/administration/accounts/").skip(1).filter_map(|rest| rest.get(..36));
    let own: std::collections::BTreeSet<&str> = own.collect();
    assert_eq!(own.len(), world.cookies.len() - 2, "all but the client's and the own");
    let office = security.text.split("name=\"organisation\"").nth(1).unwrap();
    let platform = office.split("value=\"").find(|rest| rest.contains(">平台<")).unwrap();
    for (name, role, status) in [
        ("测试security_administrator", "doctor", StatusCode::CONFLICT),
        ("测试administrator", "auditor", StatusCode::CONFLICT),
        ("测试administrator", "security_administrator", StatusCode::CONFLICT),
        ("测试审计", "auditor", StatusCode::SEE_OTHER),
        ("测试审计", "security_administrator", StatusCode::CONFLICT),
    ] {
        let username = format!("p{}.{role}", name.len());
        let entry = [
            ("username", username.as_str()),
            ("name", name),
            ("password", "Xinqiao-2026-test"),
            ("role", role),
            ("organisation", &platform[..36]),
        ];
        let sent = world.post("security_administrator", "/administration/accounts", &entry).await;
        assert_eq!(sent.status, status, "{name} as {role}: {}", sent.text);
    }
});

on_both!(a_token_is_made_for_a_purpose_and_shown_once, World, |world| {
    let listed = world.search("security_administrator", "/administration", "health_officer").await;
    let path = listed
        .text
        .split("href=\"")
        .find_map(|rest| rest.split('"').next().filter(|p| p.ends_with("/tokens")));
    let path = path.unwrap().to_owned();
    world.get("security_administrator", &path).await.has("没有有效的令牌").lacks("value=\"audit\"");
    let wrong = world.post("security_administrator", &path, &[("label", "统计程序"), ("days", "4000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.has("有效期须为一至 366 天").has("value=\"统计程序\"");
    let entry = [("label", "统计程序"), ("days", "30"), ("purposes", "statistics")];
    let made = world.post("security_administrator", &path, &entry).await;
    let token = made.text.split("id=\"made\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(token.starts_with("xq_"), "{token}");
    world.get("security_administrator", &path).await.has("统计程序").has("仅可读取").lacks(&token);
    world.get("health_officer", "/account").await.has("统计程序").has("签发令牌").lacks(&token);
    let gone =
        world.post("security_administrator", &format!("{path}/revoke"), &[("label", "统计程序")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    world.get("security_administrator", &path).await.lacks("统计程序");
    assert_eq!(world.get("administrator", &path).await.status, StatusCode::FORBIDDEN);
});

on_both!(security_administrators_open_accounts_of_staff_only, World, |world| {
    let page = world.get("security_administrator", "/administration").await;
    page.has("value=\"committee\"").lacks("value=\"client\"").lacks("value=\"system\"");
    let office = page.text.split("name=\"organisation\"").nth(1).unwrap();
    let office = office.split("value=\"").find_map(|rest| rest.get(..36)).unwrap();
    for (username, role, status) in [
        ("new.client", "client", StatusCode::UNPROCESSABLE_ENTITY),
        ("new.system", "system", StatusCode::UNPROCESSABLE_ENTITY),
        ("new.worker", "referral_worker", StatusCode::SEE_OTHER),
    ] {
        let entry = [
            ("username", username),
            ("name", "新人"),
            ("password", "Xinqiao-2026-test"),
            ("role", role),
            ("organisation", office),
        ];
        let sent = world.post("security_administrator", "/administration/accounts", &entry).await;
        assert_eq!(sent.status, status, "{role}: {}", sent.text);
    }
});

on_both!(wrong_fields_are_told_together_and_input_is_kept, World, |world| {
    let sent =
        [("do", "submit"), ("F1.name", "赵试"), ("F1.identity_number", "123"), ("F12.registration", "true")];
    let page = world.post("committee", "/cases/new", &sent).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("href=\"#f-F1-identity_number\"").has("href=\"#f-F1-division\"").has("value=\"赵试\"");
});

on_both!(a_village_is_found_without_a_script, World, |world| {
    let sent = [("find", "F1.division"), ("F1.division.q", "佳虹"), ("F1.name", "赵试")];
    let page = world.post("committee", "/cases/new", &sent).await;
    assert_eq!(page.status, StatusCode::OK);
    page.has(&format!("name=\"F1.division\" value=\"{}\"", world.village)).has("value=\"赵试\"");
    let found = world.get("committee", "/divisions/search?name=F1.division&F1.division.q=jhjwh").await;
    assert_eq!(found.status, StatusCode::OK);
    world.get("committee", "/divisions/search?q=%E4%BD%B3%E8%99%B9").await.has("金桥镇");
});

on_both!(a_draft_is_kept_and_sent_later, World, |world| {
    let draft = [("do", "save"), ("F1.name", "钱试"), ("F1.division", world.village.as_str())];
    let sent = world.post("assisting_subject", "/cases/new", &draft).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let case = sent.location.split('?').next().unwrap().to_owned();
    world.get("assisting_subject", &format!("{case}/do/save")).await.has("value=\"钱试\"");
    assert_eq!(world.get("committee", &case).await.status, StatusCode::NOT_FOUND, "another's draft");
});

on_both!(the_worker_registers_from_the_work_list, World, |world| {
    let case = world.submitted().await;
    let list = world.get("referral_worker", "/work-list").await;
    list.has(&format!("{case}/do/register")).has("赵试").has("剩 5 个工作日");
    let case = world.get("referral_worker", &case).await;
    case.has("官方期限").has("K1").has("提交申请").has("登记与转介").has("男 · ").lacks(&identity_number());
});

on_both!(what_stands_in_the_way_is_told_beforehand, World, |world| {
    let case = world.registered().await;
    world.get("referral_worker", &format!("{case}/do/queue")).await.has("仍有合适且有空位的机构");
    world.get("referral_worker", &format!("{case}/do/register")).await.has("已登记");
});

on_both!(no_consent_is_taken_back_by_an_overlooked_box, World, |world| {
    let path = format!("{}/do/withdraw_consent", world.registered().await);
    let version = world.version("referral_worker", &path).await;
    let nothing = [("version", version.as_str())];
    let page = world.post("referral_worker", &path, &nothing).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let one = [("version", version.as_str()), ("purposes", "departments")];
    let sent = world.post("referral_worker", &path, &one).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
});

on_both!(the_choice_is_explained_and_the_person_is_asked, World, |world| {
    let case = world.registered().await;
    let path = format!("{case}/refer");
    world.get("referral_worker", &path).await.has("金桥康复站").has("同一村居").has("服务匹配 100%");
    let institution = world.institution.to_string();
    let choice = [
        ("institution", institution.as_str()),
        ("F3.reason", "有社区康复需求"),
        ("F3.sender", "测试转介"),
        ("F3.sender.tick", "yes"),
    ];
    let page = world.post("referral_worker", &path, &choice).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.has("须先征求本人意见").has("有社区康复需求");
});

on_both!(before_it_accepts_an_institution_sees_no_name, World, |world| {
    let case = world.referred().await;
    for path in ["/work-list", "/cases", case.as_str()] {
        world.get("institution_manager", path).await.has("待接收").lacks("赵试").lacks("13800000000");
    }
    world.get("institution_manager", &format!("{case}/slip")).await.has("转介单").lacks("赵试");
    let version = world.version("institution_manager", &format!("{case}/do/accept")).await;
    let manager = world.manager_account.to_string();
    let answer = [
        ("version", version.as_str()),
        ("case_manager", manager.as_str()),
        ("answers.S1.answer", "yes"),
        ("answers.S1.from", "2026-12-01"),
        ("answers.S4.answer", "yes"),
        ("answers.S4.from", "2026-12-01"),
    ];
    let sent = world.post("institution_manager", &format!("{case}/do/accept"), &answer).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("institution_manager", &case).await.has("赵试");
    world.get("case_manager", &case).await.has("赵试");
    assert_eq!(world.get("doctor", &case).await.status, StatusCode::NOT_FOUND);
});

on_both!(a_decline_needs_a_reason_and_moves_on, World, |world| {
    let case = world.referred().await;
    let path = format!("{case}/do/decline");
    let page = world.post("institution_manager", &path, &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("href=\"#f-reason\"");
    let sent = world.post("institution_manager", &path, &[("reason", "D3")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert_eq!(sent.location, "/work-list?done=decline", "the case is no longer the institution's");
    world.get("institution_manager", &sent.location).await.has("已完成：不接收");
    assert_eq!(world.get("institution_manager", &case).await.status, StatusCode::NOT_FOUND);
    world.get("referral_worker", &case).await.has("机构未接收").has("未接收");
});

on_both!(the_second_of_two_is_told_what_happened, World, |world| {
    let case = world.submitted().await;
    let path = format!("{case}/do/ask_supplement");
    let version = world.version("referral_worker", &path).await;
    let asked = [("version", version.as_str()), ("items", "phone")];
    assert_eq!(world.post("referral_worker", &path, &asked).await.status, StatusCode::SEE_OTHER);
    let late = [("version", version.as_str()), ("reason", "R6")];
    let page = world.post("referral_worker", &format!("{case}/do/propose_rejection"), &late).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.has("您填写期间，他人已办理").has("一次性告知补正");
    world.get("committee", &case).await.has("待补正的项目");
});

on_both!(papers_are_supplied_on_the_form_itself, World, |world| {
    let case = world.submitted().await;
    let asked = [("items", "phone")];
    world.post("referral_worker", &format!("{case}/do/ask_supplement"), &asked).await;
    let path = format!("{case}/do/resubmit");
    world.get("committee", &path).await.has("value=\"赵试\"");
    let number = identity_number();
    let mut answer = application(&number, &world.village);
    answer.extend([("F1.phone", "13900000000"), ("answered", "phone")]);
    let sent = world.post("committee", &path, &answer).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("referral_worker", &case).await.has("补正后再次提交").has("13900000000");
});

on_both!(tasks_and_messages_reach_their_reader_and_go, World, |world| {
    let case = world.submitted().await;
    let sent =
        world.post("referral_worker", &format!("{case}/do/propose_rejection"), &[("reason", "R6")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let list = world.get("civil_affairs_officer", "/work-list").await;
    list.has("审核拟不予登记").has("赵*").lacks("赵试");
    let (_, rest) = list.text.split_once("/tasks/").unwrap();
    let task = rest.split('/').next().unwrap();
    let path = format!("/tasks/{task}/done");
    assert_eq!(world.post("doctor", &path, &[]).await.status, StatusCode::NOT_FOUND, "another's task");
    assert_eq!(world.post("civil_affairs_officer", &path, &[]).await.status, StatusCode::SEE_OTHER);
    world.get("civil_affairs_officer", "/work-list").await.lacks("/tasks/");
    world.get("committee", "/work-list").await.has("申请受理回执");
});

on_both!(the_file_holds_exactly_what_is_filtered, World, |world| {
    world.submitted().await;
    world.get("referral_worker", "/cases/export/csv?state=submitted").await.has("赵试").has("导出");
    world.get("referral_worker", "/cases/export/csv?state=waiting").await.lacks("赵试");
    let book = world.get("referral_worker", "/cases/export/xlsx").await;
    assert!(book.status == StatusCode::OK && book.text.starts_with("PK"));
    assert_eq!(world.get("committee", "/cases/export/csv").await.status, StatusCode::FORBIDDEN);
    let logged: Vec<(String,)> = world
        .app
        .db
        .all("SELECT action FROM audit /* whole: a test looks */ WHERE action = 'export'", vec![])
        .await
        .unwrap();
    assert_eq!(logged.len(), 3);
});

on_both!(pages_are_whole_in_both_languages, World, |world| {
    let case = world.referred().await;
    for path in ["/cases", "/cases/new", case.as_str(), &format!("{case}/slip"), &format!("{case}/do/cancel")]
    {
        for language in ["zh-CN", "en"] {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = world.get("referral_worker", &format!("{path}{joint}lang={language}")).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            page.has(&format!("lang=\"{language}\"")).lacks("%{");
        }
    }
});

on_both!(a_case_says_whose_turn_it_is, World, |world| {
    let case = world.submitted().await;
    world.get("committee", &case).await.has("轮到转介专员 · 浦东民政局办理：初核登记").has("剩 5 个工作日");
    world.get("referral_worker", &case).await.has("轮到您办理：初核登记");
    let case = format!("{case}?lang=en");
    world.get("civil_affairs_officer", &case).await.has("acts next: Check and register");
    world.get("civil_affairs_officer", "/work-list?tab=others").await.has("等待转介专员");
});

on_both!(forms_name_their_source_in_the_readers_language, World, |world| {
    let path = format!("{}/slip", world.referred().await);
    world.get("referral_worker", &path).await.has("（仅表名）").lacks("heading");
    world.get("referral_worker", &format!("{path}?lang=en")).await.has("heading only").lacks("（仅表名）");
});

// The person of the case has no account: the desk tells, notes it and takes it back.
on_both!(the_desk_tells_who_does_not_read_here, World, |world| {
    let case = world.registered().await;
    world.app.db.run("UPDATE institution SET blocked = contracted", vec![]).await.unwrap();
    let path = format!("{case}/do/queue");
    let version = world.version("referral_worker", &path).await;
    let queue = [("version", version.as_str()), ("reason", "Q1"), ("priority", "1")];
    let sent = world.post("referral_worker", &path, &queue).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    world.get("referral_worker", "/work-list").await.has("待告知的人").has("轮候通知 · 告知本人");
    world.get("committee", &case).await.lacks("to-tell");
    let page = world.get("referral_worker", &case).await;
    let (_, rest) = page.has("id=\"to-tell\"").text.split_once("action=\"/messages/").unwrap();
    let message = format!("/messages/{}", rest.split('/').next().unwrap());
    let today = rules::clock::china_date(world.app.now()).to_string();
    let late = [("case", case.trim_start_matches("/cases/")), ("way", "phone"), ("on", "2099-01-01")];
    let wrong = world.post("referral_worker", &format!("{message}/told"), &late).await;
    world.get("referral_worker", wrong.location.split('#').next().unwrap()).await.has("日期不能晚于今天");
    let entry = [("way", "phone"), ("on", today.as_str())];
    let told = world.post("referral_worker", &format!("{message}/told"), &entry).await;
    assert_eq!(told.location, format!("{case}#to-tell"), "{}", told.text);
    world.get("referral_worker", &case).await.has(&format!("{today} 已电话告知"));
    world.get("referral_worker", "/work-list").await.lacks("待告知的人");
    world.post("referral_worker", &format!("{message}/not-told"), &[]).await;
    world
        .get("referral_worker", &format!("{case}?lang=en"))
        .await
        .has("Note as told")
        .lacks("Told by telephone");
    let sent = world.post("doctor", &format!("{message}/told"), &entry).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
});

on_both!(who_files_for_others_sees_of_a_registered_case_only_that_it_is_open, World, |world| {
    for (who, sequence) in [("assisting_subject", 131), ("dpf_officer", 133)] {
        let number = number_of(sequence);
        let sent = world.post(who, "/cases/new", &application(&number, &world.village)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let case = sent.location.split('?').next().unwrap().to_owned();
        world.get(who, &case).await.has("已申请").has("class=\"stepper\"");
        world.register(&case).await;
        for path in ["/work-list?tab=others", "/cases", case.as_str()] {
            let page = world.get(who, path).await;
            page.has("办理中").lacks("已登记").lacks("选择机构").lacks("男 · ").lacks("class=\"stepper\"");
        }
        let cases = world.get(who, "/cases?state=waiting&overdue=1").await;
        cases.has(&case).lacks("name=\"state\"").lacks("name=\"overdue\"");
        world.get(who, "/work-list").await.lacks("tab=waiting").lacks("name=\"overdue\"");
    }
});

on_both!(everybody_keeps_the_own_account, World, |world| {
    let page = world.get("committee", "/account").await;
    page.has("我的账号").has("本次登录").has("没有令牌").has("不少于 10 位");
    world
        .get("committee", "/account?lang=en")
        .await
        .has("My account")
        .has("At least 10 characters of 3 kinds");
    let change = |present: &'static str, again: &'static str| {
        [("present", present), ("password", "Bridge-2027"), ("again", again)]
    };
    for (sent, told) in [
        (change("Wrong-2026", "Bridge-2027"), "当前密码不正确"),
        (change(common::world::PASSWORD, "Bridge-2028"), "两次输入的新密码不一致"),
    ] {
        let seen = world.post("committee", "/account/password", &sent).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        seen.has(told).lacks("Bridge-2027");
    }
    let elsewhere = world.sign_in("committee").await;
    let page = world.get("committee", "/account").await;
    let (_, rest) = page.text.split_once("action=\"/account/sessions/").expect("ending the others");
    assert!(rest.starts_with("end-others\""), "{rest}");
    let sent = change(common::world::PASSWORD, "Bridge-2027");
    let done = world.post("committee", "/account/password", &sent).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/account?done=password"));
    world.get("committee", &done.location).await.has("密码已修改").lacks("end-others");
    world.cookies.insert("committee", elsewhere);
    assert_eq!(world.get("committee", "/account").await.status, StatusCode::SEE_OTHER, "signed out");
});

/// So many rows left for the referral worker today already.
async fn much_left_today(world: &World) {
    let sql = "INSERT INTO taken_file (id, code, subject, filter, row_count, state, reason, account_id, organisation_id,
        division, asked_at, taken_at, version) SELECT $1, '0', 'referral', $2, 1000, 'taken', '', id, organisation_id,
        310115000000, $3, $3, 1 FROM account WHERE username = $4";
    let id = world.manager_account.beside(world.app.now());
    let args = app::p![id, serde_json::json!({}), world.app.now(), "referral_worker"];
    assert_eq!(world.app.db.run(sql, args).await.unwrap(), 1);
}

on_both!(a_large_file_leaves_after_a_second_person_agreed, World, |world| {
    const REASON: &str = "年度统计上报，本科室两人使用";
    world.submitted().await;
    much_left_today(world).await;
    let page = world.get("referral_worker", "/cases/export/csv?state=submitted").await;
    page.has("须另一人同意").has("action=\"/exports\"").has("value=\"submitted\"");
    world
        .get("referral_worker", "/cases/export/csv?state=submitted&lang=en")
        .await
        .has("a second person must agree");
    let short =
        world.post("referral_worker", "/exports", &[("state", "submitted"), ("reason", "统计")]).await;
    short.has("至少 10 个字").has("action=\"/exports\"");
    let asked =
        world.post("referral_worker", "/exports", &[("state", "submitted"), ("reason", REASON)]).await;
    assert_eq!(
        (asked.status, asked.location.as_str()),
        (StatusCode::SEE_OTHER, "/exports?done=asked"),
        "{}",
        asked.text
    );
    world.get("referral_worker", "/exports").await.has("待审批").has(REASON).lacks("/file\"");
    let page = world.get("civil_affairs_officer", "/exports").await;
    let (_, rest) = page.has(REASON).text.split_once("action=\"/exports/").unwrap();
    let (decide, file) = {
        let id = rest.split('/').next().unwrap();
        (format!("/exports/{id}/decide"), format!("/exports/{id}/file"))
    };
    // Whoever asks does not decide, nothing leaves before, and nobody else fetches it.
    assert_eq!(
        world.post("referral_worker", &decide, &[("decision", "agree")]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(world.post("referral_worker", &file, &[("kind", "csv")]).await.status, StatusCode::CONFLICT);
    assert_eq!(
        world.post("civil_affairs_officer", &file, &[("kind", "csv")]).await.status,
        StatusCode::NOT_FOUND
    );
    let silent = world.post("civil_affairs_officer", &decide, &[("decision", "decline")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    silent.has("请写明意见");
    assert_eq!(
        world.post("civil_affairs_officer", &decide, &[("decision", "agree")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        world.post("civil_affairs_officer", &decide, &[("decision", "agree")]).await.status,
        StatusCode::NOT_FOUND
    );
    world.get("referral_worker", "/exports?lang=en").await.has("Agreed").has(&file);
    let fetched = world.post("referral_worker", &file, &[("kind", "csv")]).await;
    fetched.has("赵试").has("文件编号").has("含个人信息");
    assert_eq!(
        world.post("referral_worker", &file, &[("kind", "csv")]).await.status,
        StatusCode::CONFLICT,
        "once"
    );
    let logged: Vec<(String, serde_json::Value)> = world
        .app
        .db
        .all("SELECT action, detail FROM audit /* whole: a test looks */ WHERE action LIKE '%export' ORDER BY at", vec![])
        .await
        .unwrap();
    let actions: Vec<&str> = logged.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["ask_export", "agree_export", "export"]);
    let code = logged[0].1["file"].as_str().unwrap();
    fetched.has(code);
});

on_both!(nobody_agrees_to_the_own_order_and_an_agreed_one_runs_out, World, |world| {
    world.submitted().await;
    let asked = [("reason", "年度统计上报，本科室两人使用")];
    assert_eq!(world.post("civil_affairs_officer", "/exports", &asked).await.status, StatusCode::SEE_OTHER);
    let page = world.get("civil_affairs_officer", "/exports").await;
    page.has("没有待审批的导出申请").lacks("/decide");
    let sql = "UPDATE taken_file SET state = 'agreed', fetch_until = $1 WHERE state = 'asked'";
    let past = world.app.now() - jiff::SignedDuration::from_hours(1);
    world.app.db.run(sql, app::p![past]).await.unwrap();
    world.get("civil_affairs_officer", "/exports").await.has("已过期").lacks("/file\"");
});
