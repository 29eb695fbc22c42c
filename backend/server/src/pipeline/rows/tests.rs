use stl_types::{Kinds, Layer};

use super::*;

const SIZE: Size = Size { width: 100, height: 200 };

/// A garment of kinds in proportion to `weights`, whose box is `height` rows from `top` on and as wide as the picture.
fn garment(layer: Layer, weights: &[(Category, f64)], share: f32, top: u32, height: u32) -> RecognisedGarment {
    let mut kinds = [0.0; Kinds::COUNT];
    for &(category, weight) in weights {
        kinds[category.index()] = weight;
    }
    RecognisedGarment {
        index: 0,
        seen: SeenGarment { left: 0, top, width: 100, height, share, layer, outerwear: false },
        kinds: Kinds::in_proportion(kinds),
        embedding: QueryEmbedding::of(vec![share; Category::ALL.len()]),
    }
}

fn upper() -> RecognisedGarment {
    garment(Layer::Upper, &[(Category::TShirts, 0.6), (Category::Tops, 0.4)], 0.3, 40, 60)
}

fn trousers() -> RecognisedGarment {
    garment(Layer::Lower, &[(Category::Trousers, 1.0)], 0.31, 100, 100)
}

/// The categories of [`upper`]'s row.
const UPPER_BODY: [Category; 6] =
    [Category::TShirts, Category::Tops, Category::Jumpers, Category::Shirts, Category::Blazers, Category::Dresses];

/// The categories of each row, those of garments first, and which garment's share each is searched with.
fn planned(garments: &[RecognisedGarment], categories: &[Category]) -> Vec<(Vec<Category>, bool, Option<f32>)> {
    let row = |plan: RowPlan<'_>| {
        (plan.categories().collect(), plan.garment.is_some(), plan.searched_with.map(|garment| garment.seen.share))
    };
    plan(garments, categories, SIZE).into_iter().map(row).collect()
}

#[test]
fn a_garment_is_one_row_and_every_other_category_another() {
    let rows = planned(&[trousers(), upper()], &Category::ALL);
    let expected: Vec<(Vec<Category>, bool, Option<f32>)> = vec![
        (vec![Category::Trousers], true, Some(0.31)),
        (UPPER_BODY.to_vec(), true, Some(0.3)),
        (vec![Category::Skirts], false, Some(0.31)),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn rows_have_the_categories_that_are_wanted_and_in_the_catalogue() {
    let garments = [trousers(), upper()];
    let rows = planned(&garments, &[Category::Tops, Category::Skirts]);
    let expected = vec![(vec![Category::Tops], true, Some(0.3)), (vec![Category::Skirts], false, Some(0.31))];
    assert_eq!(rows, expected, "the trousers have no row");
    assert!(planned(&garments, &[]).is_empty());
    assert_eq!(planned(&[], &[Category::Tops]), [(vec![Category::Tops], false, None)]);
}

#[test]
fn two_garments_may_share_a_category() {
    let cardigan = garment(Layer::Outer, &[(Category::Jumpers, 1.0)], 0.4, 40, 60);
    let jumper = garment(Layer::Upper, &[(Category::Jumpers, 1.0)], 0.1, 40, 60);
    let rows = planned(&[cardigan, jumper], &[Category::Jumpers]);
    assert_eq!(rows, [(vec![Category::Jumpers], true, Some(0.4)), (vec![Category::Jumpers], true, Some(0.1))]);
}

#[test]
fn the_garment_in_the_middle_that_is_surely_one_comes_first() {
    let at = |top, height| relevance(&garment(Layer::Lower, &[(Category::Skirts, 1.0)], 0.2, top, height), SIZE);
    assert!((at(50, 100) - 0.2).abs() < 1e-6, "in the middle");
    // Half of the way to a corner's distance along one axis is 1/√2 of a corner's.
    let lowest = 0.2 * (1.0 - 0.5 / f32::sqrt(2.0));
    assert!((at(200, 0) - lowest).abs() < 1e-6, "at the lower edge");
    let unsure = garment(Layer::Lower, &[(Category::Skirts, 0.6), (Category::Dresses, 0.4)], 0.2, 50, 100);
    assert!((relevance(&unsure, SIZE) - 0.12).abs() < 1e-6);
    let rows = planned(&[trousers(), garment(Layer::Upper, &[(Category::Shirts, 1.0)], 0.3, 70, 60)], &Category::ALL);
    assert_eq!(rows[0].0[0], Category::Shirts, "nearer to the middle, though a little smaller");
}

fn hits(category: Category, best: &[(usize, f32)]) -> Hits {
    let best: Vec<Hit> = best.iter().map(|&(article, score)| Hit { article, score }).collect();
    let nearest = best.first().map_or(f32::NEG_INFINITY, |hit| hit.score);
    Hits { category, best, pinned: Vec::new(), nearest, scored: 9 }
}

#[test]
fn articles_of_likely_categories_are_in_one_order_by_score_and_probability() {
    let likely = upper().kinds.likely();
    let found = [hits(Category::Tops, &[(7, 3.0), (1, 2.0)]), hits(Category::TShirts, &[(5, 2.85), (2, 1.0)])];
    let best = merged(&likely, &found, 3);
    // 3 + ½ ln .4 = 2.54, 2.85 + ½ ln .6 = 2.59, 2 + ½ ln .4 = 1.54, 1 + ½ ln .6 = .74
    assert_eq!(best.iter().map(|hit| hit.article).collect::<Vec<_>>(), [5, 7, 1]);
    assert!((best[1].score - (3.0 + 0.5 * 0.4_f32.ln())).abs() < 1e-6);
    let even = garment(Layer::Upper, &[(Category::TShirts, 0.5), (Category::Tops, 0.5)], 0.3, 40, 60).kinds.likely();
    let equal = [hits(Category::Tops, &[(7, 1.0)]), hits(Category::TShirts, &[(5, 1.0)])];
    assert_eq!(merged(&even, &equal, 3)[0].article, 5, "of equal scores, the earlier article");
}

#[test]
fn queries_and_rows_belong_together() {
    let garments = [trousers(), garment(Layer::Outer, &[(Category::Blazers, 1.0)], 0.2, 40, 60)];
    let plans = plan(&garments, &[Category::Blazers, Category::Trousers, Category::Dresses, Category::Skirts], SIZE);
    let person = QueryEmbedding::of(vec![1.0; Category::ALL.len()]);
    assert!(plans.iter().any(RowPlan::is_of_person));
    let queries = queries(&plans, Some(&person), None, None, 5);
    let searched: Vec<Vec<(Category, Vec<f32>)>> = queries.into_iter().map(|query| query.embeddings).collect();
    assert_eq!(
        searched,
        [
            vec![(Category::Trousers, vec![0.31])],
            vec![(Category::Blazers, vec![0.2])],
            vec![(Category::Dresses, vec![1.0]), (Category::Skirts, vec![0.31])],
        ]
    );
    let found = vec![
        vec![hits(Category::Trousers, &[(1, 1.0)])],
        vec![hits(Category::Blazers, &[(2, 4.0)])],
        // The matcher's order: the best score first.
        vec![hits(Category::Skirts, &[(3, 9.0)]), hits(Category::Dresses, &[(4, 8.0)])],
    ];
    let rows = rows(plans, found, 5, &[]);
    let order: Vec<_> = rows.iter().map(|row| (row.category, row.likely.len(), row.best[0].article)).collect();
    assert_eq!(
        order,
        [(Category::Trousers, 1, 1), (Category::Blazers, 1, 2), (Category::Skirts, 0, 3), (Category::Dresses, 0, 4)]
    );
    assert_eq!((rows[0].best[0].score, rows[2].garment), (1.0, None));
}

#[test]
fn a_row_is_weak_if_every_category_is_below_its_floor() {
    let garments = [upper()];
    let row = |found: Vec<Hits>| {
        let plans = plan(&garments, &[Category::TShirts, Category::Tops], SIZE);
        rows(plans, vec![found], 5, &[]).remove(0)
    };
    let floors = BTreeMap::from([(Category::TShirts, -15.0), (Category::Tops, -14.0)]);
    let is_weak = |t_shirt, top| {
        let row = row(vec![hits(Category::TShirts, &[(1, t_shirt), (2, -99.0)]), hits(Category::Tops, &[(3, top)])]);
        row.is_weak(&floors)
    };
    let raised = Hits { nearest: -15.1, ..hits(Category::TShirts, &[(1, -3.0)]) };
    assert!(row(vec![raised]).is_weak(&floors), "what a rule adds makes nothing more alike");
    assert!(is_weak(-15.1, -14.1));
    assert!(!is_weak(-14.9, -14.1));
    assert!(!is_weak(-15.1, -14.0));
    let all_below = row(vec![hits(Category::TShirts, &[(1, -20.0)]), hits(Category::Tops, &[])]);
    assert!(all_below.is_weak(&floors), "a category without products says nothing");
    assert!(!all_below.is_weak(&BTreeMap::new()), "without floors nothing is weak");
    assert!(!row(vec![hits(Category::TShirts, &[])]).is_weak(&floors), "nothing was found");
    let unseen = plan(&[], &[Category::Tops], SIZE);
    let unseen = rows(unseen, vec![vec![hits(Category::Tops, &[(1, -20.0)])]], 5, &[]).remove(0);
    assert!(!unseen.is_weak(&floors), "a row of the shop claims no likeness");
}

#[test]
fn pinned_articles_stand_where_they_are_put() {
    let garments = [upper()];
    let pin = |position, article| Pin { position, article, rule: 0 };
    let hit = |article, score| Hit { article, score };
    // 7 and 8 are of the row's categories, 9 is not; 5 is among the best.
    let tops = Hits { pinned: vec![hit(7, -50.0), hit(8, -60.0)], ..hits(Category::Tops, &[(1, 3.0), (2, 2.0)]) };
    let t_shirts = Hits { pinned: vec![hit(5, 2.85)], ..hits(Category::TShirts, &[(5, 2.85), (6, 1.0)]) };
    let order = |pins: &[Pin], limit| {
        let plans = plan(&garments, &[Category::TShirts, Category::Tops], SIZE);
        let row = rows(plans, vec![vec![tops.clone(), t_shirts.clone()]], limit, pins).remove(0);
        row.best.iter().map(|hit| hit.article).collect::<Vec<_>>()
    };
    // By score: 1 and 2 of tops, 5 and 6 of t-shirts; t-shirts are likelier.
    assert_eq!(order(&[], 5), [1, 5, 2, 6]);
    assert_eq!(order(&[pin(1, 7), pin(4, 9)], 5), [7, 1, 5, 2, 6]);
    assert_eq!(order(&[pin(2, 7), pin(2, 8)], 5), [1, 7, 8, 5, 2], "of one position, the next one comes after it");
    assert_eq!(order(&[pin(1, 5), pin(40, 7)], 5), [5, 1, 2, 6, 7], "at the end of a shorter row");
    assert_eq!(order(&[pin(3, 5)], 2), [1, 2], "beyond the row's end");
}
