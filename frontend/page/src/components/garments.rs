//! Which of the garments is searched for: outlines and labels on the cutout, buttons beside it, and a box that the visitor draws.

mod part;

use leptos::prelude::*;
use stl_types::wire::SeenGarment;
use stl_types::worker::GarmentOutline;
use stl_types::{Rect, Size};

use crate::format;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
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

/// What a garment is called: as its row of the answer, or before there is one by most of its pixels.
fn garment_name(journey: Journey, locale: Locale, garment: &GarmentOutline) -> String {
    let layer = garment.place.layer;
    let named = journey.results.answer.with(|answer| {
        let rows = &answer.as_ref()?.response.categories;
        let row = rows.iter().find(|row| row.garment.is_some_and(|garment| garment.layer == layer))?;
        Some(format::RowName::of(row).text(locale))
    });
    named.unwrap_or_else(|| match garment.place.outerwear {
        true => td_string!(locale, category.outerwear),
        false => format::heading(locale, garment.category),
    })
}

/// A row of choices: everything, each garment seen, a part.
#[component]
pub(crate) fn GarmentBar() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let choice = move |focus: Focus, name: &'static str, label: Signal<String>| {
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
            // Names change with the answer; the buttons stay, and with them the focus.
            let garments = cutout.garments.iter().map(|garment| {
                let (focus, name) = (Focus::Garment(garment.place.layer), garment.category.as_str());
                let garment = garment.clone();
                choice(focus, name, Signal::derive(move || garment_name(journey, i18n.get_locale(), &garment)))
            });
            let all = choice(Focus::Everything, "all", Signal::derive(move || t_string!(i18n, garments.all)));
            let mark = Signal::derive(move || t_string!(i18n, garments.mark));
            let part = choice(Focus::Part(first_part(cutout)), "part", mark);
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
            let (layer, path) = (garment.place.layer, garment.path.clone());
            view! {
                <path
                    d=path
                    class:outline--chosen=move || journey.query.focus.get() == Focus::Garment(layer)
                    on:click=move |_| journey.focus_on(Focus::Garment(layer))
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
            let (layer, place) = (garment.place.layer, garment.place);
            let garment = garment.clone();
            let name = move || garment_name(journey, i18n.get_locale(), &garment);
            let named = name.clone();
            let label = move || t_string!(i18n, garments.seen, garment = named());
            view! {
                <button
                    type="button"
                    class="mark"
                    style:left=percent(f64::from(place.left) + f64::from(place.width) / 2.0, size.width)
                    style:top=percent(top, size.height)
                    hidden=is_part
                    aria-label=label
                    aria-pressed=move || (journey.query.focus.get() == Focus::Garment(layer)).to_string()
                    on:click=move |_| journey.focus_on(Focus::Garment(layer))
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

/// Least distance between labels, as a share of the picture's height: on the smallest picture with dots, of 184 px, their own 24 px.
const LABEL_SHARE: f64 = 0.14;

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
        let rows: [f64; 4] = apart(vec![place(300, 200), place(100, 100), place(140, 40), place(120, 60)], SIZE)
            .try_into()
            .expect("four rows");
        assert_eq!(rows.map(f64::round), [402.0, 150.0, 318.0, 234.0]);
    }
}
