//! Mouse and touch screen. In: selectors. Out: events of the browser.

use anyhow::Result;
use serde_json::{Value, json};

use super::Browser;

/// Events of a swipe.
const SWIPE_STEPS: u32 = 10;

/// How long a finger rests at a swipe's end. Without the rest the swipe would be a fling, and how far that goes depends on how fast the
/// machine delivers the events.
const REST: std::time::Duration = std::time::Duration::from_millis(250);

impl Browser {
    /// Moves the mouse over the middle of the first element that a selector matches, or out of it.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn point_at(&self, selector: &str) -> Result<()> {
        let middle = format!(
            "const element = document.querySelector({selector:?});
            element.scrollIntoView({{block: 'center', inline: 'center'}});
            const {{left, top, width, height}} = element.getBoundingClientRect();
            return [left + width / 2, top + height / 2]"
        );
        let (x, y): (f64, f64) = serde_json::from_value(self.run(&middle).await?)?;
        let moved = json!({ "type": "mouseMoved", "x": x, "y": y });
        self.devtools("Input.dispatchMouseEvent", moved).await.map(drop)
    }

    /// Makes the window a phone with a touch screen: 390 × 844 points.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn become_phone(&self) -> Result<()> {
        let metrics = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await.map(drop)
    }

    /// Makes media queries see a device that a finger operates, and no mouse.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn prefer_touch(&self) -> Result<()> {
        let touch = json!([{ "name": "hover", "value": "none" }, { "name": "pointer", "value": "coarse" }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": touch })).await.map(drop)
    }

    /// Swipes to the left over the first element that a selector matches, by `points`, and rests before the finger is lifted.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn swipe_left(&self, selector: &str, points: u32) -> Result<()> {
        self.swipe(selector, [0.8, 0.5], [-f64::from(points), 0.0]).await
    }

    /// Swipes downwards, in the same way: what is above comes into sight.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn swipe_down(&self, selector: &str, points: u32) -> Result<()> {
        self.swipe(selector, [0.5, 0.2], [0.0, f64::from(points)]).await
    }

    /// Swipes by `[x, y]` points, from a place that is given in shares of the element's box.
    async fn swipe(&self, selector: &str, from: [f64; 2], by: [f64; 2]) -> Result<()> {
        let start = format!(
            "const element = document.querySelector({selector:?});
            element.scrollIntoView({{block: 'center'}});
            const {{left, top, width, height}} = element.getBoundingClientRect();
            return [left + width * {}, top + height * {}]",
            from[0], from[1]
        );
        let (x, y): (f64, f64) = serde_json::from_value(self.run(&start).await?)?;
        let touch = |kind: &str, share: Option<f64>| {
            let point = |share: f64| json!({ "x": x + by[0] * share, "y": y + by[1] * share });
            let points: Vec<Value> = share.map(point).into_iter().collect();
            json!({ "type": kind, "touchPoints": points })
        };
        self.devtools("Input.dispatchTouchEvent", touch("touchStart", Some(0.0))).await?;
        for step in 1..=SWIPE_STEPS {
            let share = f64::from(step) / f64::from(SWIPE_STEPS);
            self.devtools("Input.dispatchTouchEvent", touch("touchMove", Some(share))).await?;
        }
        tokio::time::sleep(REST).await;
        self.devtools("Input.dispatchTouchEvent", touch("touchEnd", None)).await.map(drop)
    }
}
