use super::*;

const HEAD: &str = r#"{"name": "drawn", "about": "A drawn set", "kind": "retrieval"}"#;
const ARTICLE: &str = r#"{"id": "a1", "image": "articles/a1.jpg", "category": "t-shirts", "gender": ""}"#;

fn open(articles: &str, queries: &str) -> Result<TestSet, String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("testset.json", HEAD), ("articles.jsonl", articles), ("queries.jsonl", queries)] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    TestSet::open(folder.path(), TestSetKind::Retrieval)
        .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""))
}

#[test]
fn a_set_is_read_with_its_articles_found_by_id() {
    let query = r#"{"id": "q1", "photo": "q.jpg", "labels": "q.png", "slices": {"body": "half"},
        "garments": [{"category": "t-shirts", "article": "a1"}, {"category": "skirts", "article": null}]}"#
        .replace('\n', "");
    let set = open(ARTICLE, &query).expect("a set");
    let garment = |category, article| WornGarment { category, article };
    assert_eq!(set.queries[0].garments, [garment(Category::TShirts, Some(0)), garment(Category::Skirts, None)]);
    assert_eq!(set.queries[0].slices["body"], "half");
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    let query = |garments: &str| format!("\n{{\"id\": \"q1\", \"photo\": \"q.jpg\", \"garments\": [{garments}]}}");
    for (articles, queries, expected) in [
        (r#"{"id": "a1", "image": "a.jpg"}"#, query(""), "/articles.jsonl:1: column 30: missing field `category`"),
        (&ARTICLE.replace("gender", "sex"), query(""), "/articles.jsonl:1: column 70: unknown field `sex`"),
        (&format!("{ARTICLE}\n{ARTICLE}"), query(""), "/articles.jsonl:2: the id \"a1\" was given before"),
        (ARTICLE, query(r#"{"category": "hats"}"#), "/queries.jsonl:2: column 63: unknown variant `hats`"),
        (
            ARTICLE,
            query(r#"{"category": "tops", "article": "a1"}"#),
            "/queries.jsonl:2: the article \"a1\" is of the category t-shirts, the garment says tops",
        ),
        (
            ARTICLE,
            query(r#"{"category": "tops", "article": "a2"}"#),
            "/queries.jsonl:2: there is no article \"a2\" in articles.jsonl",
        ),
        (ARTICLE, String::new(), "/queries.jsonl holds no line"),
    ] {
        let received = open(articles, &queries).expect_err(expected);
        assert!(received.starts_with(expected), "expected {expected}, got {received}");
    }
}

#[test]
fn a_limit_keeps_queries_from_all_over_the_set() {
    let query = |index: usize| format!("{{\"id\": \"q{index}\", \"photo\": \"q.jpg\"}}\n");
    let mut set = open(ARTICLE, &(0..10).map(query).collect::<String>()).expect("a set");
    set.limit_queries(3);
    assert_eq!(set.queries.iter().map(|query| &*query.id).collect::<Vec<_>>(), ["q3", "q6", "q9"]);
    set.limit_queries(50);
    assert_eq!(set.queries.len(), 3);
}
