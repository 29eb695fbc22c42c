//! What holds for any table of texts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::table::FeedTable;

/// A text of a cell: with separators, quotes and line breaks, or any.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z,;\t\" \n]{0,12}", "\\PC{0,12}"]
}

/// As RFC 4180 writes a field that may hold anything.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn a_table_that_is_written_is_read_as_itself(
        separator in prop::sample::select(&[',', ';', '\t'][..]),
        line_break in prop::sample::select(&["\n", "\r\n"][..]),
        rows in (1_usize..6).prop_flat_map(|columns| vec(vec(cell(), columns), 1..8)),
    ) {
        let headings: Vec<String> = (0..rows[0].len()).map(|column| format!("column {column}")).collect();
        let line = |cells: &[String]| {
            cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(&separator.to_string())
        };
        let lines: Vec<String> = std::iter::once(&headings).chain(&rows).map(|cells| line(cells)).collect();
        // Shops write tab-separated text by hand: there a quote before a tab and a line break is none.
        let has_both = |cell: &String| cell.contains('\t') && cell.contains('\n');
        prop_assume!(separator != '\t' || !rows.iter().flatten().any(has_both));
        let text = lines.join(line_break) + line_break;
        let table = FeedTable::new(&text, separator);
        prop_assert_eq!(&table.headings, &headings);
        let records = table.records().expect("a whole table");
        // Lines without a text are left out.
        let expected: Vec<&Vec<String>> = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
        let found: Vec<Vec<String>> =
            records.iter().map(|record| record.fields.iter().map(ToString::to_string).collect()).collect();
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_text_is_a_table_or_refused(text in "[a\",;\t\n\r#=sep]{0,60}", separator in prop::sample::select(&[',', ';', '\t'][..])) {
        if let Ok(records) = FeedTable::new(&text, separator).records() {
            let lines = text.matches('\n').count() + text.matches('\r').count() + 1;
            prop_assert!(records.iter().all(|record| record.line >= 1 && record.line <= lines));
        }
    }
}
