//! Objects that no file names any more. In: the record, object storage. Out: those that nobody can need are deleted.
//!
//! Who stores an object says so before: a collection that has begun ends first, and the next one leaves the object.

use super::error::ClusterError;
use super::objects::Objects;
use super::record::Record;
use super::record::tables::SCHEMA;
use crate::digest::Digest;

/// How long an object that no file names any more stays: the longest that a replica may take to fetch a version.
const KEPT: &str = "1 day";

/// How much later that begins for an object that an import needs.
const KEPT_FOR_IMPORT: &str = "7 days";

/// Objects that are deleted at a time. Nobody changes the record meanwhile: it takes a second or two.
const AT_ONCE: usize = 100;

/// Deletes objects that no file has named for a day, so many at most. What cannot be deleted now is tried again after the next change.
pub(super) fn delete(record: &mut Record, objects: &Objects, most: usize) -> Result<(), ClusterError> {
    let mut deleted = 0;
    while deleted < most {
        let count = delete_some(record, objects, AT_ONCE.min(most - deleted))?;
        if count == 0 {
            // A worker that lists several of them at the same time has them locked: they go after the next change.
            let named = format!(
                "DELETE FROM {SCHEMA}.record_garbage WHERE sha256 IN (SELECT sha256 FROM {SCHEMA}.record_garbage g \
                 WHERE EXISTS (SELECT 1 FROM {SCHEMA}.record_files f WHERE f.sha256 = g.sha256) FOR UPDATE OF g SKIP LOCKED)"
            );
            record.execute(&named, &[])?;
            break;
        }
        deleted += count;
    }
    Ok(())
}

/// Deletes so many at most. Returns how many.
fn delete_some(record: &mut Record, objects: &Objects, most: usize) -> Result<usize, ClusterError> {
    let tx = record.begin()?;
    // What a change stores is named when it ends.
    tx.head(true)?;
    // One that is about to be stored again is locked, or not old enough any more.
    let sql = format!(
        "SELECT sha256 FROM {SCHEMA}.record_garbage g WHERE since < now() - interval '{KEPT}' \
         AND NOT EXISTS (SELECT 1 FROM {SCHEMA}.record_files f WHERE f.sha256 = g.sha256) \
         LIMIT {most} FOR UPDATE OF g SKIP LOCKED"
    );
    let texts: Vec<String> = tx.query(&sql, &[])?.iter().map(|row| row.get(0)).collect();
    for sha256 in texts.iter().filter_map(|text| text.parse::<Digest>().ok()) {
        objects.delete(&sha256)?;
    }
    tx.execute(&format!("DELETE FROM {SCHEMA}.record_garbage WHERE sha256 = ANY($1)"), &[&texts])?;
    tx.commit()?;
    Ok(texts.len())
}

/// Lists objects that an import needs, and nobody after it unless its version names them. Those that are garbage already begin anew. To be
/// called before they are stored.
pub(super) fn list_for_import(record: &Record, objects: impl Iterator<Item = Digest>) -> Result<(), ClusterError> {
    let mut texts: Vec<String> = objects.map(|sha256| sha256.to_string()).collect();
    texts.sort_unstable();
    texts.dedup();
    let sql = format!(
        "INSERT INTO {SCHEMA}.record_garbage (sha256, since) SELECT t, now() + interval '{KEPT_FOR_IMPORT}' \
         FROM unnest($1::text[]) AS t ON CONFLICT (sha256) DO UPDATE SET since = EXCLUDED.since"
    );
    record.execute(&sql, &[&texts]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::feed::PictureSource;
    use crate::catalogue::fetch::Validators;
    use crate::catalogue::import::{PreparedPicture, WantedPicture};
    use crate::cluster::jobs::{self, Done, Job, JobPicture};

    /// An empty record, and a folder as its storage.
    fn opened(postgres: &stl_cluster::Postgres) -> (Record, tempfile::TempDir, Objects) {
        let storage = tempfile::tempdir().expect("a folder");
        let objects = Objects::open(&format!("file://{}", storage.path().display())).expect("a folder");
        let mut record = Record::connect(&postgres.address().parse().expect("an address")).expect("connected");
        record.ensure().expect("made");
        (record, storage, objects)
    }

    #[test]
    fn garbage_is_collected_after_a_day_unless_an_import_needs_it_or_a_file_names_it() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let (mut record, storage, objects) = opened(&postgres);
        let put = |text: &'static str| objects.put(text.into()).expect("stored").sha256;
        let [old, young, needed, named] = ["old", "young", "needed", "named"].map(put);
        let further =
            (0..AT_ONCE).map(|number| objects.put(format!("further {number}").into()).expect("stored").sha256);
        let insert = |sha256: &Digest, since: &str| {
            let sql =
                format!("INSERT INTO shop_the_look.record_garbage VALUES ('{sha256}', now() - interval '{since}')");
            postgres.sql(&sql).expect("inserted");
        };
        insert(&young, "23 hours");
        for sha256 in [old, needed, named].into_iter().chain(further) {
            insert(&sha256, "25 hours");
        }
        let file = format!("INSERT INTO shop_the_look.record_files VALUES ('a file', '{named}', 5, 1)");
        postgres.sql(&file).expect("inserted");
        list_for_import(&record, [needed].into_iter()).expect("listed");

        delete(&mut record, &objects, 0).expect("nothing is to be done");
        let count = || postgres.sql("SELECT count(*) FROM shop_the_look.record_garbage").expect("a count");
        assert_eq!(count(), (AT_ONCE + 4).to_string());
        delete(&mut record, &objects, AT_ONCE / 2).expect("some are deleted");
        assert_eq!(count(), (AT_ONCE - AT_ONCE / 2 + 4).to_string());
        delete(&mut record, &objects, 10 * AT_ONCE).expect("deleted");
        assert_eq!(count(), "2", "the young one and the needed one");
        let is_there = |sha256: &Digest| {
            let digits = sha256.to_string();
            storage.path().join(&digits[..2]).join(digits).exists()
        };
        assert_eq!([old, young, needed, named].map(|sha256| is_there(&sha256)), [false, true, true, true]);

        list_for_import(&record, [young, old, old].into_iter()).expect("listed");
        let sql = "SELECT count(*) FROM shop_the_look.record_garbage WHERE since > now() + interval '6 days'";
        assert_eq!(postgres.sql(sql).expect("a count"), "3");
    }

    #[test]
    fn what_an_ended_import_has_stored_is_kept_for_the_next_one_of_a_week() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let (mut record, _storage, objects) = opened(&postgres);
        let network = Digest::of(b"a network");
        let source = PictureSource::Address("https://shop.example/1.jpg".to_owned());
        let picture = JobPicture::new(0, &WantedPicture { source, is_further: false, known: None }, None);
        let object = objects.put("a copy".into()).expect("stored");
        let file = PreparedPicture::File {
            sha256: Digest::of(b"a picture"),
            feature: Some([1.0].into()),
            validators: Validators::default(),
        };
        let prepare = |record: &mut Record, import: i64| {
            jobs::add(record, import, &[vec![picture.clone()]]).expect("added");
            let job = jobs::take(record, "a worker", &network, std::time::Duration::from_secs(20));
            let job: Job = job.expect("taken").expect("a job");
            let files = vec![("a name".to_owned(), object)];
            jobs::finish(record, &job, &[Done { place: 0, picture: file.clone(), files }]).expect("finished");
        };

        let first = jobs::begin(&record, &network).expect("begun");
        prepare(&mut record, first);
        // It was garbage long before.
        let sql =
            format!("INSERT INTO shop_the_look.record_garbage VALUES ('{}', now() - interval '9 days')", object.sha256);
        postgres.sql(&sql).expect("inserted");
        assert_eq!(jobs::left(&mut record, &network).expect("read").get(&picture.key()), Some(&file));
        let second = jobs::begin(&record, &network).expect("begun");
        delete(&mut record, &objects, AT_ONCE).expect("nothing is to be deleted");
        let count = postgres.sql("SELECT count(*) FROM shop_the_look.record_garbage").expect("a count");
        assert_eq!(count, "1", "the second import needs it");

        prepare(&mut record, second);
        postgres.sql("UPDATE shop_the_look.record_imports SET begun = now() - interval '8 days'").expect("updated");
        assert_eq!(jobs::left(&mut record, &network).expect("read").get(&picture.key()), None, "it is too old");
    }
}
