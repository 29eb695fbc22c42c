//! Amounts of money as people type them. In: a text. Out: minor units, and back.

/// A typed text that is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoAmount;

/// An amount in minor units as people type it, none for an empty text. `mark` is the language's decimal mark; the other of
/// comma and point parts thousands where three digits follow it, else decimals too, since people type both.
///
/// # Errors
/// When it is no amount, or has more decimals than its currency.
pub(crate) fn amount_minor(text: &str, decimals: u32, mark: char) -> Result<Option<u64>, NoAmount> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '\'').collect();
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> = text.split(['.', ',']).collect();
    let marks: Vec<char> = text.chars().filter(|letter| ['.', ','].contains(letter)).collect();
    let is_decimal = |last: &str| marks.last() == Some(&mark) || last.len() != 3;
    let (whole, fraction) = match &parts[..] {
        [whole @ .., last] if !whole.is_empty() && is_decimal(last) => (whole, *last),
        all => (all, ""),
    };
    let parts_thousands = marks[..whole.len() - 1].windows(2).all(|pair| pair[0] == pair[1])
        && whole[1..].iter().all(|group| group.len() == 3)
        // Of two kinds of marks, the decimal one is the last.
        && (fraction.is_empty() || !marks[..whole.len() - 1].contains(&marks[marks.len() - 1]));
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts_thousands || whole[0].is_empty() || !whole.iter().all(digits) || !digits(&fraction) {
        return Err(NoAmount);
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(decimals as usize));
    if rest.bytes().any(|digit| digit != b'0') {
        return Err(NoAmount);
    }
    format!("{}{kept:0<width$}", whole.concat(), width = decimals as usize).parse().map(Some).map_err(|_| NoAmount)
}

/// An amount as its field shows it.
pub(crate) fn amount_text(amount_minor: u64, decimals: u32, mark: char) -> String {
    let unit = 10_u64.pow(decimals);
    match amount_minor % unit {
        0 => (amount_minor / unit).to_string(),
        rest => format!("{}{mark}{rest:0width$}", amount_minor / unit, width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (text, decimals, mark, expected) in [
            ("", 2, '.', Ok(None)),
            ("  ", 2, ',', Ok(None)),
            ("20", 2, '.', Ok(Some(2000))),
            ("19.95", 2, '.', Ok(Some(1995))),
            ("19,95", 2, ',', Ok(Some(1995))),
            ("19.95", 2, ',', Ok(Some(1995))),
            ("19,9", 2, '.', Ok(Some(1990))),
            ("19,", 2, ',', Ok(Some(1900))),
            ("1.299", 2, ',', Ok(Some(129_900))),
            ("1,299", 2, '.', Ok(Some(129_900))),
            ("1.299,50", 2, ',', Ok(Some(129_950))),
            ("1\u{202f}299,50", 2, ',', Ok(Some(129_950))),
            ("1,299,000.5", 2, '.', Ok(Some(129_900_050))),
            ("4500", 0, '.', Ok(Some(4500))),
            ("1.250", 3, '.', Ok(Some(1250))),
            ("19.955", 2, '.', Err(NoAmount)),
            ("1,29,000", 2, '.', Err(NoAmount)),
            ("1.2.3", 2, '.', Err(NoAmount)),
            (".5", 2, '.', Err(NoAmount)),
            ("-5", 2, '.', Err(NoAmount)),
            ("five", 2, '.', Err(NoAmount)),
            ("99999999999999999999", 2, '.', Err(NoAmount)),
        ] {
            assert_eq!(amount_minor(text, decimals, mark), expected, "{text:?} with {mark:?}");
        }
        assert_eq!((amount_text(1995, 2, ','), amount_text(2000, 2, ',')), ("19,95".to_owned(), "20".to_owned()));
        assert_eq!((amount_text(1905, 2, '.'), amount_text(4500, 0, '.')), ("19.05".to_owned(), "4500".to_owned()));
    }
}
