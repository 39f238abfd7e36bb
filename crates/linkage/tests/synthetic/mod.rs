//! Two overlapping lists of invented persons with slips, and the truth. Deterministic. The numbers
//! begin with an area code that is not assigned, so that they belong to nobody.

/// A small generator of pseudo-random numbers (`SplitMix64`); the same seed gives the same lists.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % limit
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn pick<'a>(&mut self, letters: &'a [char]) -> &'a char {
        &letters[self.below(letters.len())]
    }
}

pub const HEADER: [&str; 8] =
    ["id", "identity_number", "name", "sex", "birth_date", "division", "address", "phone"];

/// A record: an id and the cells behind it.
pub type Line = Vec<String>;

pub struct Lists {
    pub left: Vec<Line>,
    pub right: Vec<Line>,
    /// Pairs of ids that are one person.
    pub truth: Vec<(String, String)>,
}

fn person(dice: &mut Dice, at: usize) -> Line {
    let surnames: Vec<char> = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗".chars().collect();
    let given: Vec<char> =
        "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂建国志华红梅文玉兰春云海".chars().collect();
    let (year, month, day) = (1940 + dice.below(65), 1 + dice.below(12), 1 + dice.below(28));
    let man = dice.one_in(2);
    let mut name = String::from(*dice.pick(&surnames));
    name.extend((0..1 + dice.below(4).min(1)).map(|_| *dice.pick(&given)));
    let (village, house) = (dice.below(40), dice.below(300));
    vec![
        format!("9999{:02}{year}{month:02}{day:02}{:04}", at % 100, at / 100 * 2 + usize::from(man)),
        name,
        if man { "男" } else { "女" }.to_owned(),
        format!("{year}-{month:02}-{day:02}"),
        format!("9999{:02}0{:02}0{:02}", village % 4 + 1, village % 10 + 1, village % 20 + 1),
        format!("和平路{house}号{}栋{}室", dice.below(30) + 1, dice.below(600) + 1),
        format!("139{:08}", dice.below(100_000_000)),
    ]
}

/// What another clerk wrote down about the same person.
fn slips(dice: &mut Dice, person: &Line) -> Line {
    let mut line = person.clone();
    if dice.one_in(5) {
        line[0].clear();
    } else if dice.one_in(10) {
        line[0] = wrong_digit(dice, &line[0]);
    }
    if dice.one_in(15) {
        let homophones = [
            ('伟', '玮'),
            ('芳', '方'),
            ('英', '瑛'),
            ('静', '靖'),
            ('丽', '莉'),
            ('国', '帼'),
            ('红', '宏'),
        ];
        line[1] = homophones
            .iter()
            .fold(line[1].clone(), |name, (one, other)| name.replace(*one, &other.to_string()));
    }
    let parts: Vec<String> = line[3].split('-').map(str::to_owned).collect();
    match dice.below(30) {
        0 | 1 => line[3] = format!("{}-{}-{}", parts[0], parts[2], parts[1]),
        2 => line[3] = wrong_digit(dice, &line[3]),
        3 => line[3].clear(),
        _ => {}
    }
    if dice.one_in(10) {
        line[4] = "999901001001".to_owned();
        line[5] = format!("中山路{}号", dice.below(300));
    }
    match dice.below(4) {
        0 => line[6].clear(),
        1 => line[6] = format!("138{:08}", dice.below(100_000_000)),
        _ => {}
    }
    line
}

fn wrong_digit(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let digits: Vec<usize> = (0..letters.len()).filter(|at| letters[*at].is_ascii_digit()).collect();
    let at = digits[dice.below(digits.len())];
    letters[at] = char::from_digit((letters[at].to_digit(10).unwrap() + 1) % 10, 10).unwrap();
    letters.into_iter().collect()
}

/// Lists of so many records, three fifths of the persons in both.
pub fn lists(records: usize, seed: u64) -> Lists {
    let mut dice = Dice(seed);
    let shared = records * 3 / 5;
    let everyone: Vec<Line> = (0..2 * records - shared).map(|at| person(&mut dice, at)).collect();
    let mut write = |prefix: &str, members: Vec<usize>| -> Vec<(usize, Line)> {
        let mut lines: Vec<(usize, Line)> = members
            .into_iter()
            .map(|member| {
                let mut line = vec![format!("{prefix}{}", (member * 7919) % 1_000_003)];
                line.extend(slips(&mut dice, &everyone[member]));
                (member, line)
            })
            .collect();
        lines.sort_by(|a, b| a.1[0].cmp(&b.1[0]));
        lines
    };
    let left = write("L", (0..records).collect());
    let right = write("R", (0..shared).chain(records..everyone.len()).collect());
    let id_of = |lines: &[(usize, Line)], member: usize| {
        lines.iter().find(|(other, _)| *other == member).unwrap().1[0].clone()
    };
    let truth = (0..shared).map(|member| (id_of(&left, member), id_of(&right, member))).collect();
    let lines = |lines: Vec<(usize, Line)>| lines.into_iter().map(|(_, line)| line).collect();
    Lists { left: lines(left), right: lines(right), truth }
}
