//! Repeats lines of a shader. In: its text and named numbers. Out: text in which each loop is written out.
//!
//! Loops whose sums are registers must be unrolled. Compilers do not unroll those of wgpu, which counts the turns of each loop to keep
//! it finite. So a shader says `#for i COUNT`, lines with `$i`, `$iu` or `$(2*i+1)`, and `#end`. Loops may contain loops.

/// Named numbers.
pub(super) type Names<'a> = [(&'a str, usize)];

/// Writes the loops out and declares the names as constants.
pub(super) fn expanded(text: &str, names: &Names<'_>) -> String {
    let declared = names.iter().map(|(name, number)| format!("const {name}: u32 = {number}u;\n")).collect::<String>();
    let constants = text.lines().filter_map(constant);
    let names: Vec<(&str, usize)> = names.iter().copied().chain(constants).collect();
    let lines: Vec<&str> = text.lines().collect();
    declared + &written(&lines, &names)
}

/// `const NAME: u32 = 4u;` of the shader itself.
fn constant(line: &str) -> Option<(&str, usize)> {
    let (name, number) = line.strip_prefix("const ")?.split_once(": u32 = ")?;
    Some((name, number.strip_suffix("u;")?.parse().ok()?))
}

fn written(lines: &[&str], names: &Names<'_>) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some((name, count)) = line.strip_prefix("#for ").and_then(|rest| rest.split_once(' ')) else {
            text.push_str(&replaced(line, names));
            text.push('\n');
            continue;
        };
        let end = at + length_of_loop(&lines[at..]);
        for turn in 0..value(count, names) {
            let names: Vec<(&str, usize)> = [(name, turn)].into_iter().chain(names.iter().copied()).collect();
            text.push_str(&written(&lines[at..end], &names));
        }
        at = end + 1;
    }
    text
}

/// Lines before the `#end` of a loop.
fn length_of_loop(lines: &[&str]) -> usize {
    let mut depth = 0;
    for (at, line) in lines.iter().enumerate() {
        match *line {
            "#end" if depth == 0 => return at,
            "#end" => depth -= 1,
            line if line.starts_with("#for ") => depth += 1,
            _ => {}
        }
    }
    lines.len()
}

/// A line with each `$name` and `$(sum)` replaced by its number.
fn replaced(line: &str, names: &Names<'_>) -> String {
    let mut parts = line.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = if let Some((sum, rest)) = part.strip_prefix('(').and_then(|part| part.split_once(')')) {
            (value(sum, names), rest)
        } else {
            // Names of loops have one letter.
            let (name, rest) = part.split_at(part.len().min(1));
            (value(name, names), rest)
        };
        text.push_str(&number.to_string());
        text.push_str(rest);
    }
    text
}

/// A sum of products of names and numbers. An unknown name counts as zero; the shader does not compile then.
fn value(sum: &str, names: &Names<'_>) -> usize {
    let factor = |name: &str| {
        let known = names.iter().find(|(known, _)| *known == name).map(|&(_, number)| number);
        known.or_else(|| name.parse().ok()).unwrap_or_default()
    };
    sum.split('+').map(|product| product.split('*').map(|name| factor(name.trim())).product::<usize>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_written_out() {
        let text = "const P: u32 = 2u;\n#for p P\n#for t SIDE\ns_$p += x_$(p*SIDE+t) * w[$tu];\n#end\n#end\nend";
        let expected = "const SIDE: u32 = 2u;\nconst P: u32 = 2u;\ns_0 += x_0 * w[0u];\ns_0 += x_1 * w[1u];\n\
                        s_1 += x_2 * w[0u];\ns_1 += x_3 * w[1u];\nend\n";
        assert_eq!(expanded(text, &[("SIDE", 2)]), expected);
    }
}
