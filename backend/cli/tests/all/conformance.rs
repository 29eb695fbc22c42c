//! Both kinds of catalogue, a folder and PostgreSQL with object storage, do the same: each command says the same of both, and whoever reads
//! them afterwards, by commands or over HTTP, sees the same.

mod copies;
mod place;
mod served;
mod shop;
mod steps;

use place::Both;
use served::Servers;
use steps::{OTHERS, REFUSED, STEPS, Step};

use crate::cluster::machines::Machines;

#[test]
fn each_command_does_the_same_in_a_folder_and_in_postgresql() {
    let Some(machines) = Machines::start() else { return };
    shop::write(&machines);
    let both = Both::new(&machines);
    let mut servers = None;
    for (number, step) in STEPS.iter().enumerate() {
        let Step { does, status, says, sees } = step;
        let said = both.same(does);
        let text = format!("{}{}", said.out, said.err);
        assert_eq!(said.status, Some(*status), "{does}: {text}");
        assert!(text.contains(says), "{does}: expected {says:?}, got {text}");
        both.compare(step);
        if does.starts_with("import ") && *status != 1 || does.starts_with("delete ") {
            both.same("verify");
            both.compare_exports(&format!("step-{number}"));
        }
        if let Some(sees) = sees {
            servers.get_or_insert_with(|| Servers::start(&machines)).compare(does, sees, &both);
        }
    }
    for &(words, status, says) in OTHERS {
        both.say(words, status, says);
    }
    for &(words, status, in_folder, in_cluster) in REFUSED {
        both.differ(words, status, in_folder, in_cluster);
    }
    drop(servers);
    copies::lose_nothing(&both);
}
