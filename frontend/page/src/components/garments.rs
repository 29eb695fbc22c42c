//! Which of the garments is searched for: outlines and labels on the cutout, buttons beside it, and a box that the visitor draws.

mod part;

use leptos::prelude::*;
use stl_types::wire::SeenGarment;
use stl_types::{Rect, Size};

use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Cutout, Focus};
use part::PartBox;

/// The part that is first marked: the largest garment's box, or the middle.
fn first_part(cutout: &Cutout) -> Rect {
    let Cutout { width, height, .. } = *cutout;
    let middle = Rect { left: width / 4, top: height / 4, width: width / 2, height: height / 2 };
    cutout.garments.first().map_or(middle, |garment| {
        let place = garment.place;
        Rect { left: place.left, top: place.top, width: place.width, height: place.height }
    })
}

fn size_of(cutout: &Cutout) -> Size {
    Size { width: cutout.width, height: cutout.height }
}

/// A row of choices: everything, each garment seen, a part.
#[component]
pub(crate) fn GarmentBar() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let choice = move |focus: Focus, name: &'static str, label: String| {
        let is_chosen = move || match (focus, journey.query.focus.get()) {
            (Focus::Part(_), Focus::Part(_)) => true,
            (focus, chosen) => focus == chosen,
        };
        view! {
            <li>
                <button
                    type="button"
                    class="chip"
                    data-testid="garment"
                    data-garment=name
                    aria-pressed=move || is_chosen().to_string()
                    on:click=move |_| {
                        if !is_chosen() {
                            journey.focus_on(focus);
                        }
                    }
                >
                    {label}
                </button>
            </li>
        }
    };
    let choices = move || {
        journey.query.cutout.with(|cutout| {
            let cutout = cutout.as_ref()?;
            let locale = i18n.get_locale();
            let garments = cutout.garments.iter().map(|garment| {
                let name = garment.category.as_str();
                choice(Focus::Garment(garment.category), name, format::heading(locale, garment.category))
            });
            let all = choice(Focus::Everything, "all", t_string!(i18n, garments.all));
            let part = choice(Focus::Part(first_part(cutout)), "part", t_string!(i18n, garments.mark));
            // Parts are cut out of the photo, and a saved look has none.
            let part = journey.query.photo.with(Option::is_some).then_some(part);
            Some(std::iter::once(all).chain(garments).chain(part).collect_view())
        })
    };
    let is_part = move || journey.query.focus.with(|focus| matches!(focus, Focus::Part(_)));
    view! {
        <div class="garments" role="group" aria-labelledby="garments-heading">
            <p id="garments-heading" class="garments__heading">{t!(i18n, garments.heading)}</p>
            <ul class="chips">{choices}</ul>
            <Show when=is_part>
                <p class="garments__hint" id="part-hint">
                    {t!(i18n, garments.part_hint)} <span class="for-keys">" " {t!(i18n, garments.part_keys)}</span>
                </p>
            </Show>
        </div>
    }
}

/// The garments' outlines, a button on each, and the box around a marked part.
#[component]
pub(crate) fn GarmentMarks(cutout: Cutout) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let size = size_of(&cutout);
    let percent = |part: f64, of: u32| format!("{:.2}%", 100.0 * part / f64::from(of));
    let outlines = cutout
        .garments
        .iter()
        .map(|garment| {
            let (category, path) = (garment.category, garment.path.clone());
            view! {
                <path
                    d=path
                    class:outline--chosen=move || journey.query.focus.get() == Focus::Garment(category)
                    on:click=move |_| journey.focus_on(Focus::Garment(category))
                />
            }
        })
        .collect_view();
    let is_part = move || journey.query.focus.with(|focus| matches!(focus, Focus::Part(_)));
    let tops = apart(cutout.garments.iter().map(|garment| garment.place).collect(), size);
    let labels = cutout
        .garments
        .iter()
        .zip(tops)
        .map(|(garment, top)| {
            let (category, place) = (garment.category, garment.place);
            let name = move || format::heading(i18n.get_locale(), category);
            view! {
                <button
                    type="button"
                    class="mark"
                    style:left=percent(f64::from(place.left) + f64::from(place.width) / 2.0, size.width)
                    style:top=percent(top, size.height)
                    hidden=is_part
                    aria-label=move || t_string!(i18n, garments.seen, garment = name())
                    aria-pressed=move || (journey.query.focus.get() == Focus::Garment(category)).to_string()
                    on:click=move |_| journey.focus_on(Focus::Garment(category))
                >
                    {name}
                </button>
            }
        })
        .collect_view();
    let view_box = format!("0 0 {} {}", size.width, size.height);
    view! {
        <svg class="outlines" viewBox=view_box preserveAspectRatio="none" aria-hidden="true" fill-rule="evenodd">
            {outlines}
        </svg>
        {labels}
        <Show when=is_part>
            <PartBox size />
        </Show>
    }
}

/// Least distance between labels, as a share of the picture's height.
const LABEL_SHARE: f64 = 0.07;

/// The rows of the garments' labels: in the middle of each, moved down where two would lie over each other.
fn apart(places: Vec<SeenGarment>, size: Size) -> Vec<f64> {
    let middle = |place: &SeenGarment| f64::from(place.top) + f64::from(place.height) / 2.0;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| middle(&places[a]).total_cmp(&middle(&places[b])));
    let (mut rows, mut last) = (vec![0.0; places.len()], f64::NEG_INFINITY);
    for at in order {
        last = middle(&places[at]).max(last + LABEL_SHARE * f64::from(size.height));
        rows[at] = last;
    }
    rows
}

#[cfg(test)]
mod tests {
    use stl_types::Layer;

    use super::*;

    const SIZE: Size = Size { width: 400, height: 600 };

    #[test]
    fn labels_do_not_lie_over_each_other() {
        let place = |top, height| SeenGarment {
            left: 0,
            top,
            width: 100,
            height,
            share: 0.1,
            layer: Layer::Upper,
            outerwear: false,
        };
        let rows = apart(vec![place(300, 200), place(100, 100), place(140, 40), place(120, 60)], SIZE);
        assert_eq!(rows, [400.0, 150.0, 234.0, 192.0]);
    }
}
