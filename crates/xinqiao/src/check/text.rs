//! The sentences of `xinqiao check` in both languages, side by side.

use rules::credit_code::{self, CreditCodeError, OrganisationKind};
use rules::disability_certificate::{Category, DisabilityCertificate, DisabilityCertificateError};
use rules::division::{DivisionCode, DivisionCodeError, Level};
use rules::identity_number::{self, Holder, IdentityNumberError, Sex};

use super::Language;

/// Picks the sentence of the language.
fn pick(language: Language, chinese: impl Into<String>, english: impl Into<String>) -> String {
    match language {
        Language::Chinese => chinese.into(),
        Language::English => english.into(),
    }
}

/// The line under a checked file.
pub(super) fn total(count: usize, invalid: usize, language: Language) -> String {
    pick(
        language,
        format!("共 {count} 个，有效 {}，无效 {invalid}", count - invalid),
        format!("{count} values, {} valid, {invalid} invalid", count - invalid),
    )
}

pub(super) fn identity(reading: &identity_number::Reading, language: Language) -> String {
    let sex = match reading.sex {
        Sex::Male => pick(language, "男", "male"),
        Sex::Female => pick(language, "女", "female"),
    };
    let holder = match reading.holder {
        Holder::Resident => pick(language, "居民身份证", "resident identity card"),
        Holder::HongKong => pick(language, "港澳台居民居住证（香港）", "residence permit (Hong Kong)"),
        Holder::Macao => pick(language, "港澳台居民居住证（澳门）", "residence permit (Macao)"),
        Holder::Taiwan => pick(language, "港澳台居民居住证（台湾）", "residence permit (Taiwan)"),
        Holder::ForeignPermanentResident => {
            pick(language, "外国人永久居留身份证", "foreign permanent resident card")
        }
    };
    let mut parts = vec![reading.birth_date.to_string(), sex, holder];
    if reading.upgraded {
        let number = reading.number.as_str();
        parts.push(pick(language, format!("18 位号码 {number}"), format!("18 digits: {number}")));
    }
    parts.extend(reading.warnings.iter().map(|warning| identity_warning(*warning, language)));
    parts.join("  ")
}

fn identity_warning(warning: identity_number::Warning, language: Language) -> String {
    use identity_number::Warning;
    match warning {
        Warning::UnassignedPrefix { prefix } => pick(
            language,
            format!("注意：地址码 {prefix} 未分配"),
            format!("note: division prefix {prefix} is not assigned"),
        ),
        Warning::UnknownDivision { prefix } => pick(
            language,
            format!("注意：地址码 {prefix} 不在现行区划表中"),
            format!("note: division prefix {prefix} is in no table at hand"),
        ),
        Warning::Age { years } => pick(
            language,
            format!("注意：按号码已满 {years} 岁"),
            format!("note: the number says {years} years of age"),
        ),
    }
}

pub(super) fn identity_error(error: &IdentityNumberError, language: Language) -> String {
    match error {
        IdentityNumberError::Empty => pick(language, "号码为空", "the number is empty"),
        IdentityNumberError::Rounded => pick(
            language,
            "号码被表格软件四舍五入（如 1.10105E+17），原数字已丢失，请从来源重新导出为文本",
            "a spreadsheet rounded the number (such as 1.10105E+17) and its digits are lost; export it as text",
        ),
        IdentityNumberError::Length { found } => pick(
            language,
            format!("应为 18 位（或第一代 15 位），实为 {found} 位"),
            format!("18 characters (or 15 of the first generation) are needed, {found} were found"),
        ),
        IdentityNumberError::Character { place, found } => wrong_character(*place, *found, language),
        IdentityNumberError::BirthDate { found } => pick(
            language,
            format!("出生日期 {found} 不存在"),
            format!("the birth date {found} does not exist"),
        ),
        IdentityNumberError::Future { birth_date } => pick(
            language,
            format!("出生日期 {birth_date} 在今天之后"),
            format!("the birth date {birth_date} lies in the future"),
        ),
        IdentityNumberError::Sequence => {
            pick(language, "顺序码不能为 000", "the sequence 000 is never given out")
        }
        IdentityNumberError::CheckCharacter { expected, found } => {
            wrong_check_character(*expected, *found, language)
        }
    }
}

pub(super) fn certificate(found: &DisabilityCertificate, language: Language) -> String {
    let category = match found.category {
        Category::Sight => pick(language, "视力残疾", "sight"),
        Category::Hearing => pick(language, "听力残疾", "hearing"),
        Category::Speech => pick(language, "言语残疾", "speech"),
        Category::Physical => pick(language, "肢体残疾", "physical"),
        Category::Intellectual => pick(language, "智力残疾", "intellectual"),
        Category::Psychiatric => pick(language, "精神残疾", "psychiatric"),
        Category::Multiple => pick(language, "多重残疾", "multiple"),
    };
    let number = found.grade.number();
    let grade = pick(language, format!("{number} 级"), format!("grade {number}"));
    format!("{category}  {grade}  {}", identity(&found.identity, language))
}

pub(super) fn certificate_error(error: &DisabilityCertificateError, language: Language) -> String {
    use DisabilityCertificateError as Error;
    match error {
        Error::Empty => pick(language, "证号为空", "the number is empty"),
        Error::Length { found } => pick(
            language,
            format!("应为 20 位（换证后可加 B 和一位数字），实为 {found} 位"),
            format!("20 characters (and B with a digit when re-issued) are needed, {found} were found"),
        ),
        Error::IdentityNumber { reason } => pick(
            language,
            format!("前 18 位不是有效的公民身份号码：{}", identity_error(reason, language)),
            format!("the first 18 characters are no identity number: {}", identity_error(reason, language)),
        ),
        Error::Category { found } => pick(
            language,
            format!("第 19 位残疾类别应为 1–7，实为 {found}"),
            format!("place 19, the category, must be 1 to 7, not {found}"),
        ),
        Error::Grade { found } => pick(
            language,
            format!("第 20 位残疾等级应为 1–4，实为 {found}"),
            format!("place 20, the grade, must be 1 to 4, not {found}"),
        ),
        Error::Reissue { found } => pick(
            language,
            format!("20 位之后应为 B 和一位数字（换证次数），实为 {found}"),
            format!("B and a digit may follow place 20, not {found}"),
        ),
    }
}

pub(super) fn credit(reading: &credit_code::Reading, language: Language) -> String {
    let kind = match reading.kind {
        OrganisationKind::Authority => pick(language, "机关", "authority"),
        OrganisationKind::PublicInstitution => pick(language, "事业单位", "public institution"),
        OrganisationKind::SocialGroup => pick(language, "社会团体", "social group"),
        OrganisationKind::PrivateNonEnterprise => pick(
            language,
            "民办非企业单位（社会服务机构）",
            "private non-enterprise unit (social-service organisation)",
        ),
        OrganisationKind::Foundation => pick(language, "基金会", "foundation"),
        OrganisationKind::Enterprise => pick(language, "企业", "enterprise"),
        OrganisationKind::IndividualBusiness => pick(language, "个体工商户", "individual business"),
        OrganisationKind::Cooperative => pick(language, "农民专业合作社", "farmers' cooperative"),
        OrganisationKind::Other => pick(language, "其他", "other"),
    };
    let code = reading.code.organisation_code();
    if reading.warnings.is_empty() {
        return pick(
            language,
            format!("{kind}  组织机构代码 {code}"),
            format!("{kind}  organisation code {code}"),
        );
    }
    pick(
        language,
        format!("{kind}  注意：组织机构代码 {code} 校验位不符"),
        format!("{kind}  note: the organisation code {code} fails its own check"),
    )
}

pub(super) fn credit_error(error: &CreditCodeError, language: Language) -> String {
    match error {
        CreditCodeError::Empty => pick(language, "代码为空", "the code is empty"),
        CreditCodeError::Length { found } => pick(
            language,
            format!("应为 18 位，实为 {found} 位"),
            format!("18 characters are needed, {found} were found"),
        ),
        CreditCodeError::Character { place, found } => wrong_character(*place, *found, language),
        CreditCodeError::CheckCharacter { expected, found } => {
            wrong_check_character(*expected, *found, language)
        }
    }
}

pub(super) fn level(level: Level, language: Language) -> String {
    match level {
        Level::Province => pick(language, "省级", "province"),
        Level::Prefecture => pick(language, "地级", "prefecture"),
        Level::County => pick(language, "县级", "county"),
        Level::Town => pick(language, "乡级", "town"),
        Level::Village => pick(language, "村级", "village"),
    }
}

pub(super) fn division(code: DivisionCode, path: &str, language: Language) -> String {
    format!("{code}  {}  {path}", level(code.level(), language))
}

pub(super) fn unknown_division(edition: &str, language: Language) -> String {
    pick(
        language,
        format!("{edition} 年版区划代码中没有此代码"),
        format!("the {edition} edition of the divisions has no such code"),
    )
}

pub(super) fn division_error(error: &DivisionCodeError, language: Language) -> String {
    match error {
        DivisionCodeError::Empty => pick(language, "代码为空", "the code is empty"),
        DivisionCodeError::Length { found } => pick(
            language,
            format!("应为 2、4、6、9 或 12 位数字，实为 {found} 位"),
            format!("2, 4, 6, 9 or 12 digits are needed, {found} were found"),
        ),
        DivisionCodeError::Character { place, found } => wrong_character(*place, *found, language),
        DivisionCodeError::Province { found } => {
            pick(language, format!("没有省级代码 {found}"), format!("there is no province {found}"))
        }
        DivisionCodeError::Gap => pick(
            language,
            "中间的代码段为零，下级代码却不为零",
            "a group of zeros stands above a lower group that is not zero",
        ),
        DivisionCodeError::NotAVillage { level: found } => pick(
            language,
            format!("住址应到村（社区），此代码只到{}", level(*found, language)),
            format!("an address must reach a village; this code ends at the {}", level(*found, language)),
        ),
    }
}

fn wrong_character(place: usize, found: char, language: Language) -> String {
    pick(
        language,
        format!("第 {place} 位不能是“{found}”"),
        format!("character {place} cannot be \"{found}\""),
    )
}

fn wrong_check_character(expected: char, found: char, language: Language) -> String {
    pick(
        language,
        format!("校验位不符：应为 {expected}，实为 {found}，其中至少一位有误"),
        format!("the check character should be {expected}, not {found}: at least one character is wrong"),
    )
}
