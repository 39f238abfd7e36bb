//! A signed paper beside some cases in service, as case managers add them.

use super::staff::Staff;
use anyhow::Result;
use app::{
    App,
    care::{self, NewAttachment},
    id::Id,
};
use rules::account::Role;
use uuid::Uuid;

/// Cases of each case manager that have one.
const EACH: usize = 2;

/// A PDF of one page that says what it is (ISO 32000-1, annex H.3).
fn paper(said: &str) -> Vec<u8> {
    let stream = format!("BT /F1 16 Tf 72 760 Td ({said}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    places.iter().for_each(|place| file.push_str(&format!("{place:010} 00000 n \n")));
    let size = objects.len() + 1;
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    file.into_bytes()
}

/// Adds the papers.
///
/// # Errors
/// A rule refuses.
pub async fn papers(app: &App, staff: &Staff) -> Result<()> {
    for keeper in staff.all().filter(|member| member.scope.role == Role::CaseManager) {
        let clients = care::clients(app, &keeper.scope).await?;
        for client in clients.iter().filter(|client| client.state == "in_service").take(EACH) {
            let new = NewAttachment {
                key: Id(Uuid::new_v4()),
                title: "计划签字页扫描件（合成）".to_owned(),
                kind: "paper".to_owned(),
                session: None,
                consent: None,
                content: paper("Synthetic paper of the demonstration"),
            };
            care::add(app, &keeper.scope, client.case, &Ok(new)).await.map_err(crate::user::explained)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::paper;

    #[test]
    fn the_paper_is_one_that_is_taken_and_its_table_leads_to_its_objects() {
        let table = rules::attachment::AttachmentTable::embedded().unwrap();
        let file = paper("x");
        assert!(rules::attachment::taken(&file, &table).is_ok());
        let text = String::from_utf8(file).unwrap();
        let places = text.lines().filter(|line| line.ends_with(" 00000 n "));
        for (number, line) in (1..).zip(places) {
            let place: usize = line[..10].parse().unwrap();
            assert!(text[place..].starts_with(&format!("{number} 0 obj")), "{line}");
        }
    }
}
