//! The products in SQLite. In: products. Out: products, and which feature file belongs to them.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use stl_types::Price;
use stl_types::wire::{Availability, Product};

use super::Sale;
use crate::pipeline::cards;

/// The database in a catalogue's folder.
pub const DATABASE: &str = "catalogue.sqlite";

/// Each entry leads from the version that is its position to the next; `user_version` counts those that were applied.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE published (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        version INTEGER NOT NULL,
        features_file TEXT NOT NULL
    ) STRICT;
    CREATE TABLE products (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        description TEXT NOT NULL,
        link TEXT NOT NULL,
        price_amount_minor INTEGER NOT NULL,
        price_currency TEXT NOT NULL,
        availability TEXT NOT NULL,
        brand TEXT NOT NULL,
        color TEXT NOT NULL,
        gender TEXT NOT NULL,
        product_type TEXT NOT NULL,
        category TEXT NOT NULL,
        picture_sha256 TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    ALTER TABLE products ADD COLUMN category_predicted INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE products ADD COLUMN sale_amount_minor INTEGER;
    ALTER TABLE products ADD COLUMN sale_from_s INTEGER;
    ALTER TABLE products ADD COLUMN sale_until_s INTEGER;
",
];

/// A product and the picture that it was imported with.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredProduct {
    /// What visitors see while no sale is on.
    pub product: Product,
    /// Another price for some time.
    pub sale: Option<Sale>,
    /// SHA-256 of the feed's picture file, which names the stored copy.
    pub picture_sha256: String,
}

/// Which version of the catalogue is the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Counts imports.
    pub version: u64,
    /// Name of the feature file in the catalogue's folder.
    pub features_file: String,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was imported yet.
    #[error("there is no catalogue in {}: run `shop-the-look catalogue import FEED` first", folder.display())]
    Missing {
        /// The catalogue's folder.
        folder: PathBuf,
    },
    /// A later version of this program wrote it.
    #[error(
        "the catalogue was written by a later version of this program: expected at most version {most}, got {received}"
    )]
    Later {
        /// The version that this program writes.
        most: usize,
        /// The database's version.
        received: i64,
    },
    /// A stored value that this program does not know.
    #[error("the catalogue's product {id:?} has an unknown {what}: {received:?}")]
    Value {
        /// The product.
        id: String,
        /// The column.
        what: &'static str,
        /// The value.
        received: String,
    },
    /// SQLite failed.
    #[error("the catalogue's database {} failed", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
}

/// An open catalogue database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    folder: PathBuf,
}

impl Store {
    /// Opens the database of a catalogue that exists.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(DATABASE).is_file() {
            return Err(StoreError::Missing { folder: folder.to_owned() });
        }
        Self::connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the database of a catalogue, or makes one.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        Self::connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    fn connect(folder: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE);
        let opened = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .and_then(|connection| connection.busy_timeout(std::time::Duration::from_secs(10)).map(|()| connection))
            .map_err(|source| StoreError::Sqlite { path: path.clone(), source })?;
        let mut store = Self { connection: opened, path, folder: folder.to_owned() };
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let applied: i64 =
            self.connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        let pending = usize::try_from(applied)
            .ok()
            .and_then(|applied| MIGRATIONS.get(applied..))
            .ok_or(StoreError::Later { most: MIGRATIONS.len(), received: applied })?;
        if pending.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction().map_err(failed)?;
        for migration in pending {
            transaction.execute_batch(migration).map_err(failed)?;
        }
        transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// The current version.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was published yet, or when the database fails.
    pub fn published(&self) -> Result<Published, StoreError> {
        published(&self.connection)
            .map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })?
            .ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })
    }

    /// What SQLite finds wrong with the database itself, a sentence each.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let failed = |source| StoreError::Sqlite { path: self.path.clone(), source };
        let mut statement = self.connection.prepare("PRAGMA integrity_check").map_err(failed)?;
        let found = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
        let found: Vec<String> = found.collect::<Result<_, _>>().map_err(failed)?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// The current version's products in the order of ids, which is that of the feature file's rows.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was published yet, or when the database fails.
    pub fn read(&mut self) -> Result<(Published, Vec<StoredProduct>), StoreError> {
        let failed = |source| StoreError::Sqlite { path: self.path.clone(), source };
        // One transaction, so that no import comes between the two reads.
        let transaction = self.connection.transaction().map_err(failed)?;
        let published = published(&transaction)
            .map_err(failed)?
            .ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })?;
        let mut statement = transaction
            .prepare(
                "SELECT id, title, description, link, price_amount_minor, price_currency, availability, brand, color,
                 gender, product_type, category, picture_sha256, category_predicted, sale_amount_minor, sale_from_s,
                 sale_until_s FROM products ORDER BY id",
            )
            .map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut products = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let texts = texts_of(row).map_err(failed)?;
            let amount_minor = row.get::<_, i64>("price_amount_minor").map_err(failed)?.cast_unsigned();
            let mut stored = stored_product(texts, amount_minor)?;
            stored.product.category_predicted = row.get("category_predicted").map_err(failed)?;
            stored.sale = sale_of(row).map_err(failed)?;
            products.push(stored);
        }
        Ok((published, products))
    }

    /// Replaces all products in one transaction: the moment in which an import becomes the catalogue.
    ///
    /// # Errors
    /// When the database fails; the former products are then still there.
    pub fn publish(&mut self, published: &Published, products: &[StoredProduct]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction().map_err(failed)?;
        transaction.execute("DELETE FROM products", []).map_err(failed)?;
        let mut insert = transaction
            .prepare(
                "INSERT INTO products VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            )
            .map_err(failed)?;
        for StoredProduct { product, sale, picture_sha256 } in products {
            let seconds =
                |moment: fn(&Sale) -> Option<Timestamp>| sale.as_ref().and_then(moment).map(Timestamp::as_second);
            insert
                .execute(params![
                    product.id,
                    product.title,
                    product.description,
                    product.link,
                    product.price.amount_minor.cast_signed(),
                    product.price.currency,
                    availability_name(product.availability),
                    product.brand,
                    product.color,
                    product.gender,
                    product.product_type,
                    product.category.as_str(),
                    picture_sha256,
                    product.category_predicted,
                    sale.as_ref().map(|sale| sale.amount_minor.cast_signed()),
                    seconds(|sale| sale.from),
                    seconds(|sale| sale.until),
                ])
                .map_err(failed)?;
        }
        drop(insert);
        transaction
            .execute(
                "INSERT OR REPLACE INTO published VALUES (1, ?1, ?2)",
                params![published.version.cast_signed(), published.features_file],
            )
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }
}

fn published(connection: &Connection) -> rusqlite::Result<Option<Published>> {
    connection
        .query_row("SELECT version, features_file FROM published", [], |row| {
            Ok(Published { version: row.get::<_, i64>(0)?.cast_unsigned(), features_file: row.get(1)? })
        })
        .optional()
}

/// The text columns in the order of the query, the price's amount left out.
fn texts_of(row: &Row<'_>) -> rusqlite::Result<[String; 12]> {
    let mut texts: [String; 12] = Default::default();
    for (text, column) in texts.iter_mut().zip((0..13).filter(|&column| column != 4)) {
        *text = row.get(column)?;
    }
    Ok(texts)
}

fn sale_of(row: &Row<'_>) -> rusqlite::Result<Option<Sale>> {
    let moment = |column: &str| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.and_then(|seconds| Timestamp::from_second(seconds).ok()))
    };
    let Some(amount) = row.get::<_, Option<i64>>("sale_amount_minor")? else { return Ok(None) };
    let (from, until) = (moment("sale_from_s")?, moment("sale_until_s")?);
    Ok(Some(Sale { amount_minor: amount.cast_unsigned(), from, until }))
}

fn stored_product(texts: [String; 12], amount_minor: u64) -> Result<StoredProduct, StoreError> {
    let [
        id,
        title,
        description,
        link,
        currency,
        availability,
        brand,
        color,
        gender,
        product_type,
        category,
        picture_sha256,
    ] = texts;
    let unknown = |what, received: &str| StoreError::Value { id: id.clone(), what, received: received.to_owned() };
    let availability = ALL_AVAILABILITIES
        .into_iter()
        .find(|&known| availability_name(known) == availability)
        .ok_or_else(|| unknown("availability", &availability))?;
    let category = category.parse().map_err(|_| unknown("category", &category))?;
    let image_url = cards::image_url(&id, &picture_sha256);
    let price = Price { amount_minor, currency };
    Ok(StoredProduct {
        product: Product {
            id,
            title,
            description,
            link,
            image_url,
            price,
            regular_price: None,
            price_valid_until: None,
            availability,
            brand,
            color,
            gender,
            product_type,
            category,
            category_predicted: false,
        },
        sale: None,
        picture_sha256,
    })
}

const ALL_AVAILABILITIES: [Availability; 4] =
    [Availability::InStock, Availability::OutOfStock, Availability::Preorder, Availability::Backorder];

const fn availability_name(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "in_stock",
        Availability::OutOfStock => "out_of_stock",
        Availability::Preorder => "preorder",
        Availability::Backorder => "backorder",
    }
}
