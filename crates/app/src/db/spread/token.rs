//! The words of a statement, with what stands in brackets together.

/// A word, or what stands in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, a number, a parameter or a sign, as it is written; texts are empty.
    Word(String),
    /// What stands between two brackets.
    Group(Vec<Token>),
}

impl Token {
    pub(super) fn word(&self) -> &str {
        match self {
            Token::Word(word) => word,
            Token::Group(_) => "",
        }
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.word().eq_ignore_ascii_case(keyword)
    }

    /// What stands in the brackets, where it is a query.
    pub(super) fn query(&self) -> Option<&[Token]> {
        match self {
            Token::Group(inside)
                if inside.first().is_some_and(|first| first.is("SELECT") || first.is("WITH")) =>
            {
                Some(inside)
            }
            _ => None,
        }
    }
}

/// The tokens of a statement, without its comments.
pub(super) fn read(sql: &str) -> Vec<Token> {
    let mut open: Vec<Vec<Token>> = vec![Vec::new()];
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => {
                open.push(Vec::new());
                1
            }
            ')' => {
                let inside = if open.len() > 1 { open.pop().unwrap_or_default() } else { Vec::new() };
                push(&mut open, Token::Group(inside));
                1
            }
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' => {
                push(&mut open, Token::Word("''".to_owned()));
                text(rest)
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ if of_word(first) => {
                let end = rest.find(|c| !of_word(c)).unwrap_or(rest.len());
                push(&mut open, Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
                end
            }
            _ => {
                let both = ["<=", ">=", "<>", "!=", "||"].into_iter().find(|sign| rest.starts_with(sign));
                let sign = both.map_or_else(|| first.to_string(), str::to_owned);
                let length = sign.len();
                push(&mut open, Token::Word(sign));
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    // Brackets that are not closed hold what came so far.
    while open.len() > 1 {
        let inside = open.pop().unwrap_or_default();
        push(&mut open, Token::Group(inside));
    }
    open.pop().unwrap_or_default()
}

fn of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '?' | '"')
}

/// The length of the text that begins here; two quotes in it are one.
fn text(rest: &str) -> usize {
    let mut from = 1;
    while let Some(end) = rest.get(from..).and_then(|later| later.find('\'')) {
        let after = from + end + 1;
        if !rest.get(after..).is_some_and(|later| later.starts_with('\'')) {
            return after;
        }
        from = after + 1;
    }
    rest.len()
}

fn push(open: &mut [Vec<Token>], token: Token) {
    if let Some(last) = open.last_mut() {
        last.push(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tokens: &[Token]) -> String {
        let each = tokens.iter().map(|token| match token {
            Token::Word(word) => word.clone(),
            Token::Group(inside) => format!("[{}]", shown(inside)),
        });
        each.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_texts_signs_and_brackets_are_told_apart() {
        for (sql, words) in [
            ("SELECT a.b,$1 FROM t", "SELECT a.b , $1 FROM t"),
            ("x='it''s (' AND y<>2", "x = '' AND y <> 2"),
            ("f(a,(b)) /* ( */ c", "f [a , [b]] c"),
            ("a>=1 b||c", "a >= 1 b || c"),
            ("((a", "[[a]]"),
            ("a)b", "a [] b"),
            ("'open", "''"),
            ("/* open", ""),
            ("名 = '字'", "名 = ''"),
        ] {
            assert_eq!(shown(&read(sql)), words, "{sql}");
        }
    }
}
