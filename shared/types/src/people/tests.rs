use super::*;
use crate::class_map::tests::map;

/// The names of the foreground's pixels, from 1; `.` for background.
fn named(rows: &[&str]) -> Vec<String> {
    let map = map(rows);
    let people = map.people();
    let size = map.size();
    let all = Mask::from_probabilities(size, &vec![1.0; size.area() as usize]).expect("sizes fit");
    let masks: Vec<Mask> = (0..people.count()).map(|person| people.only(person, &all)).collect();
    let name = |at: usize| {
        let of = masks.iter().position(|mask| mask.as_slice()[at] > 0);
        match (map.classes()[at], of) {
            (Class::Background, _) => '.',
            (_, Some(person)) => char::from_digit(person as u32 + 1, 10).unwrap_or('?'),
            (_, None) => '-',
        }
    };
    let width = size.width as usize;
    (0..size.height as usize).map(|y| (0..width).map(|x| name(y * width + x)).collect()).collect()
}

#[test]
fn people_apart_are_numbered_from_left_to_right() {
    let rows = ["......hh.", "......ss.", "hh....bb.", "ss....bb.", "ii....tt.", "ii....tt.", "tt....oo.", "oo......."];
    let expected =
        ["......22.", "......22.", "11....22.", "11....22.", "11....22.", "11....22.", "11....22.", "11......."];
    assert_eq!(named(&rows), expected);
    let people = map(&rows).people();
    assert_eq!((people.count(), people.main()), (2, None), "both are as large");
    let size = Size { width: 90, height: 80 };
    assert_eq!(people.bounds(1, size), Rect { left: 60, top: 0, width: 20, height: 70 });
}

#[test]
fn people_who_touch_are_divided_between_their_bodies() {
    let rows = [
        "..hhh.....hhh..",
        "..sss.....sss..",
        "..sss.....sss..",
        ".iiiiiiddddddd.",
        ".iiiiiiddddddd.",
        ".iiiii.ddddddd.",
        "..ttt...ddddd..",
        "..ttt...ddddd..",
        "..ttt....sss...",
        "..ttt....sss...",
    ];
    let found = named(&rows);
    assert_eq!(found[0], "..111.....222..");
    assert_eq!(found[3], ".1111111222222.");
    assert_eq!(found[7], "..111...22222..");
}

#[test]
fn one_person_is_one_whatever_lies_beside() {
    // Hair on both sides of the face, a beard, and a bag beside the feet.
    let rows =
        ["..hhh...", "..hsh...", "..hsh...", "...s....", "..hhh...", ".iiiii..", ".iiiii..", "..ttt...", "..ttt.oo"];
    let people = map(&rows).people();
    assert_eq!((people.count(), people.main()), (1, Some(0)));
    // Without a head: cut off by the frame, the legs apart from the body.
    assert_eq!(map(&["iiii", "iiii", "....", ".t.t", ".t.t", ".t.t"]).people().count(), 1);
    assert_eq!(map(&["....", "...."]).people().count(), 0);
}

#[test]
fn someone_seen_from_behind_beside_a_person_is_another_person() {
    let rows = ["..hh......", "..ss...ww.", ".iiii..ww.", ".iiii..ww.", "..tt...tt.", "..tt...tt.", "..tt...tt."];
    assert_eq!(map(&rows).people().count(), 2);
    // A dog is not tall.
    let dog = ["..hh......", "..ss......", ".iiii.....", ".iiii.....", "..tt......", "..tt..ooo.", "..tt..ooo."];
    assert_eq!(map(&dog).people().count(), 1);
}

#[test]
fn a_large_person_is_meant_and_small_bystanders_are_not_kept() {
    let rows = [
        "...hhhh......",
        "...ssss......",
        "..bbbbbb.....",
        "..bbbbbb...hh",
        "..bbbbbb...ss",
        "..tttttt...ii",
        "..tttttt...tt",
        "..tttttt.....",
    ];
    let map = map(&rows);
    let people = map.people();
    assert_eq!((people.count(), people.main()), (2, Some(0)));
    let size = map.size();
    let all = Mask::from_probabilities(size, &vec![1.0; size.area() as usize]).expect("sizes fit");
    let main = people.only(0, &all);
    for (at, class) in map.classes().iter().enumerate().filter(|(_, class)| **class != Class::Background) {
        assert_eq!(main.as_slice()[at] > 0, at % 13 < 8, "pixel {at}, {class:?}");
    }
}

#[test]
fn no_more_people_are_told_apart_than_can_be_chosen_from() {
    let column = |letter: char| format!("{letter}...").repeat(12);
    let rows: Vec<String> =
        ["h", "h", "h", "s", "i", "i", "t"].iter().map(|letter| column(letter.chars().next().unwrap_or('.'))).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let people = map(&rows).people();
    assert_eq!((people.count(), people.main()), (MAX_PEOPLE, None));
}
