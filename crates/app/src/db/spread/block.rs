//! One query of a statement: which tables it reads, which rows of them it ties together by their home, and the queries
//! inside it.

use super::token::Token;
use crate::cluster::kind::{Kind, kind};

/// What may stand behind a table instead of another name for it.
const NO_ALIAS: [&str; 24] = [
    "ON",
    "WHERE",
    "SET",
    "JOIN",
    "LEFT",
    "RIGHT",
    "FULL",
    "INNER",
    "CROSS",
    "OUTER",
    "LATERAL",
    "GROUP",
    "ORDER",
    "LIMIT",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "FOR",
    "HAVING",
    "USING",
    "VALUES",
    "SELECT",
    "RETURNING",
    "DEFAULT",
];

/// A table in a query, by the name that it has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    table: String,
    alias: String,
    kind: Kind,
    /// It is behind LEFT JOIN.
    inner: bool,
}

impl Source {
    fn is_large(&self) -> bool {
        self.kind == Kind::Large
    }

    fn home(&self) -> String {
        format!("{}.home", self.alias)
    }
}

/// What the query does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Read,
    Insert,
    Change,
}

/// A query.
#[derive(Debug)]
pub(super) struct Block<'a> {
    deed: Deed,
    sources: Vec<Source>,
    /// Pairs that are equal in every row.
    equal: Vec<(String, String)>,
    /// Queries beside this one (UNION, WITH): they see nothing of it.
    beside: Vec<Block<'a>>,
    /// Queries inside it, which may look at its rows.
    inside: Vec<Block<'a>>,
    tokens: &'a [Token],
    recursive: bool,
}

impl<'a> Block<'a> {
    /// Reads a query; nothing where the tokens are something else.
    pub(super) fn read(tokens: &'a [Token]) -> Option<Block<'a>> {
        let first = tokens.first()?;
        let (recursive, beside, tokens) =
            if first.is("WITH") { with(tokens) } else { (false, Vec::new(), tokens) };
        let mut parts =
            tokens.split(|token| ["UNION", "EXCEPT", "INTERSECT"].iter().any(|word| token.is(word)));
        let own = parts.next()?;
        // UNION ALL leaves its second word.
        let others = parts
            .map(|part| if part.first().is_some_and(|t| t.is("ALL")) { part.get(1..) } else { Some(part) });
        let others: Vec<&[Token]> = others.flatten().collect();
        let deed = match own.first()? {
            token if token.is("SELECT") => Deed::Read,
            token if token.is("INSERT") => Deed::Insert,
            token if token.is("UPDATE") || token.is("DELETE") => Deed::Change,
            _ => return None,
        };
        let mut block = Block {
            deed,
            sources: sources(own),
            equal: Vec::new(),
            beside,
            inside: Vec::new(),
            tokens: own,
            recursive,
        };
        block.beside.extend(others.into_iter().filter_map(Block::read));
        block.look_inside(own);
        block.equal = block.equalities(own);
        Some(block)
    }

    /// Finds the queries inside, at any depth of brackets.
    fn look_inside(&mut self, tokens: &'a [Token]) {
        for token in tokens {
            match (token.query().and_then(Block::read), token) {
                (Some(block), _) => self.inside.push(block),
                (None, Token::Group(inside)) => self.look_inside(inside),
                _ => {}
            }
        }
    }

    /// What is equal in every row: brackets count where nothing in them is left to choose.
    fn equalities(&self, tokens: &[Token]) -> Vec<(String, String)> {
        let mut equal = Vec::new();
        let choice = |tokens: &[Token]| tokens.iter().any(|token| token.is("OR") || token.is("CASE"));
        for three in tokens.windows(3) {
            let [Token::Word(left), Token::Word(sign), Token::Word(right)] = three else { continue };
            if sign == "=" && ![left.as_str(), right].contains(&"''") {
                equal.push((self.named(left), self.named(right)));
            }
        }
        for token in tokens {
            if let Token::Group(inside) = token
                && token.query().is_none()
                && !choice(inside)
            {
                equal.extend(self.equalities(inside));
            }
        }
        equal
    }

    /// A column with the table it is of, as far as that is told.
    fn named(&self, word: &str) -> String {
        let mut large = self.sources.iter().filter(|source| source.is_large());
        match (word, large.next(), large.next()) {
            ("home", Some(only), None) => only.home(),
            _ => word.to_owned(),
        }
    }

    /// Whether two things are equal in every row, in this query or in those around it.
    fn same(&self, around: &[&Block<'_>], one: &str, other: &str) -> bool {
        let pairs = || around.iter().flat_map(|block| &block.equal).chain(&self.equal);
        let mut reached = vec![one.to_owned()];
        let mut at = 0;
        while let Some(known) = reached.get(at).cloned() {
            for (left, right) in pairs() {
                let next = if *left == known { right } else { left };
                if (*left == known || *right == known) && !reached.contains(next) {
                    reached.push(next.clone());
                }
            }
            at += 1;
        }
        reached.iter().any(|found| found == other)
    }

    /// Whether the home of a table is given: all its rows lie on one server.
    fn given(&self, around: &[&Block<'_>], source: &Source) -> bool {
        let pairs = around.iter().flat_map(|block| &block.equal).chain(&self.equal);
        let fixed = |word: &str| word.starts_with(['$', '?']) || word.parse::<i64>().is_ok();
        let mut values = pairs.flat_map(|(left, right)| [left, right]).filter(|word| fixed(word));
        values.any(|value| self.same(around, &source.home(), value))
    }

    fn large(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.is_large())
    }

    /// Whether the query names a table of those around it.
    fn looks_at(&self, source: &Source) -> bool {
        let start = format!("{}.", source.alias);
        mentions(self.tokens, &start) && !self.sources.iter().any(|own| own.alias == source.alias)
    }

    /// What could not run, one sentence each.
    pub(super) fn faults(&self, around: &[&Block<'_>]) -> Vec<String> {
        let mut faults = Vec::new();
        self.joins(around, &mut faults);
        self.words(around, &mut faults);
        self.for_each_row(around, &mut faults);
        self.changes(&mut faults);
        for block in &self.beside {
            faults.extend(block.faults(&[]));
        }
        let around: Vec<&Block<'_>> = around.iter().copied().chain([self]).collect();
        for block in &self.inside {
            faults.extend(block.faults(&around));
        }
        faults
    }

    /// Large tables are tied to one another by home.
    fn joins(&self, around: &[&Block<'_>], faults: &mut Vec<String>) {
        let mut large = self.large();
        if let Some(first) = large.next() {
            let mut differ = false;
            for other in large.filter(|other| !self.same(around, &first.home(), &other.home())) {
                faults.push(format!("joins {} and {} without home", first.table, other.table));
                differ = true;
            }
            if differ {
                self.beside_homes_that_differ(faults);
            }
        }
        let outer = self.sources.iter().any(|source| source.is_large() && !source.inner);
        for source in self.large().filter(|source| source.inner && !outer) {
            faults.push(format!("{} is the inner side of an outer join", source.table));
        }
    }

    /// What cannot stand in one query with a join of different homes. Rows are sent from server to server for it, and the
    /// planner that does so knows inner joins alone, of large tables and of those that every server has: where it meets
    /// anything else, another one takes over that wants all homes equal.
    fn beside_homes_that_differ(&self, faults: &mut Vec<String>) {
        let outer = |one: &Token, other: &Token| {
            ["LEFT", "RIGHT", "FULL"].iter().any(|word| one.is(word))
                && (other.is("JOIN") || other.is("OUTER"))
        };
        if self.tokens.windows(2).any(|two| matches!(two, [a, b] if outer(a, b))) {
            faults.push("has an outer join beside tables of different homes".to_owned());
        }
        if !self.inside.is_empty() {
            faults.push("has a query inside beside tables of different homes".to_owned());
        }
        for source in self.sources.iter().filter(|source| source.kind == Kind::Local) {
            faults.push(format!("takes the local table {} beside tables of different homes", source.table));
        }
    }

    /// What is done with rows of one server alone.
    fn words(&self, around: &[&Block<'_>], faults: &mut Vec<String>) {
        let two = |one: &str, other: &str| {
            self.tokens.windows(2).any(|two| matches!(two, [a, b] if a.is(one) && b.is(other)))
        };
        let locks = two("FOR", "UPDATE") || two("FOR", "SHARE");
        let sets = ["CUBE", "ROLLUP"].iter().any(|word| self.tokens.iter().any(|token| token.is(word)))
            || two("GROUPING", "SETS");
        for source in self.large().filter(|source| !self.given(around, source)) {
            if locks {
                faults.push(format!("locks rows of {} without home", source.table));
            }
            if sets {
                faults.push(format!("groups {} in sets without home", source.table));
            }
        }
        if self.recursive {
            let all = self.beside.iter().flat_map(|block| block.everything());
            for source in all.filter(|source| source.is_large()) {
                faults.push(format!("is recursive over {} without home", source.table));
            }
        }
    }

    fn everything(&self) -> Vec<&Source> {
        let below = self.beside.iter().chain(&self.inside).flat_map(Block::everything);
        self.sources.iter().chain(below).collect()
    }

    /// A query that looks at the rows of the one around it.
    fn for_each_row(&self, around: &[&Block<'_>], faults: &mut Vec<String>) {
        let outer: Vec<&Source> =
            around.iter().flat_map(|block| &block.sources).filter(|source| self.looks_at(source)).collect();
        if outer.is_empty() {
            return;
        }
        for source in &self.sources {
            let tied = || {
                let tied =
                    |other: &&Source| other.is_large() && self.same(around, &source.home(), &other.home());
                around.iter().flat_map(|block| &block.sources).any(|other| tied(&other))
            };
            if source.is_large() && !tied() {
                faults.push(format!("looks at {} for each row without home", source.table));
            }
            if source.kind == Kind::Local && outer.iter().any(|other| other.is_large()) {
                faults.push(format!("looks at the local table {} for each row", source.table));
            }
        }
    }

    /// A large table is changed by what stands in large tables of the same home.
    fn changes(&self, faults: &mut Vec<String>) {
        let Some(changed) =
            self.sources.first().filter(|first| self.deed == Deed::Change && first.is_large())
        else {
            return;
        };
        for block in &self.inside {
            for source in block.large() {
                let tied = block.same(&[self], &source.home(), &changed.home());
                if !tied {
                    faults.push(format!("changes {} by {} without home", changed.table, source.table));
                }
            }
        }
    }
}

fn mentions(tokens: &[Token], start: &str) -> bool {
    tokens.iter().any(|token| match token {
        Token::Word(word) => word.starts_with(start),
        Token::Group(inside) => mentions(inside, start),
    })
}

/// The queries that WITH names, and what follows them.
fn with(tokens: &[Token]) -> (bool, Vec<Block<'_>>, &[Token]) {
    let recursive = tokens.get(1).is_some_and(|token| token.is("RECURSIVE"));
    let main = tokens
        .iter()
        .position(|token| ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|word| token.is(word)));
    let (named, main) = tokens.split_at(main.unwrap_or(tokens.len()));
    let blocks = named.iter().filter_map(|token| Block::read(token.query()?)).collect();
    (recursive, blocks, main)
}

/// The tables of a query itself, in the order in which they stand.
fn sources(tokens: &[Token]) -> Vec<Source> {
    let mut sources = Vec::new();
    let (mut awaited, mut inner) = (false, false);
    for (at, token) in tokens.iter().enumerate() {
        let keyword = |words: &[&str]| words.iter().any(|word| token.is(word));
        if keyword(&["FROM", "JOIN", "INTO", "UPDATE", "USING"]) {
            awaited = true;
            let before = |back: usize| at.checked_sub(back).and_then(|place| tokens.get(place));
            inner = token.is("JOIN")
                && [1, 2].into_iter().any(|back| before(back).is_some_and(|word| word.is("LEFT")));
            continue;
        }
        if keyword(&["WHERE", "ON", "SET", "ORDER", "GROUP", "LIMIT", "HAVING", "VALUES", "SELECT"]) {
            awaited = false;
        }
        if token.is("LATERAL") {
            continue;
        }
        if token.is(",") {
            // A further table of the list; behind SELECT or SET nothing is awaited.
            awaited |= listed(tokens, at);
            continue;
        }
        if awaited {
            awaited = false;
            // What is filled is tied to nothing.
            let filled =
                at.checked_sub(1).and_then(|place| tokens.get(place)).is_some_and(|word| word.is("INTO"));
            if let Some(kind) = kind(token.word()).filter(|_| !filled) {
                let table = token.word().to_owned();
                sources.push(Source {
                    alias: alias(tokens, at).unwrap_or_else(|| table.clone()),
                    table,
                    kind,
                    inner,
                });
            }
        }
    }
    sources
}

/// Whether a comma stands in the list of tables: the last word that opens a part of the query is FROM.
fn listed(tokens: &[Token], at: usize) -> bool {
    let parts =
        ["SELECT", "FROM", "WHERE", "ON", "SET", "ORDER", "GROUP", "LIMIT", "HAVING", "VALUES", "RETURNING"];
    let before = tokens.get(..at).unwrap_or_default();
    let last = before.iter().rev().find(|token| parts.iter().any(|word| token.is(word)));
    last.is_some_and(|token| token.is("FROM"))
}

fn alias(tokens: &[Token], at: usize) -> Option<String> {
    let next = tokens.get(at + 1)?;
    let next = if next.is("AS") { tokens.get(at + 2)? } else { next };
    let word = next.word();
    let named = word.chars().next().is_some_and(|c| c.is_ascii_lowercase())
        && !NO_ALIAS.iter().any(|keyword| next.is(keyword));
    named.then(|| word.to_owned())
}
