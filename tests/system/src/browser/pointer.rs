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

    /// Swipes to the left over the first element that a selector matches, by `points`, and rests before the finger is lifted.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn swipe_left(&self, selector: &str, points: u32) -> Result<()> {
        let middle = format!(
            "const element = document.querySelector({selector:?});
            element.scrollIntoView({{block: 'center'}});
            const {{left, top, width, height}} = element.getBoundingClientRect();
            return [left + width * 0.8, top + height / 2]"
        );
        let (x, y): (f64, f64) = serde_json::from_value(self.run(&middle).await?)?;
        let touch = |kind: &str, x: Option<f64>| {
            let points: Vec<Value> = x.map(|x| json!({ "x": x, "y": y })).into_iter().collect();
            json!({ "type": kind, "touchPoints": points })
        };
        self.devtools("Input.dispatchTouchEvent", touch("touchStart", Some(x))).await?;
        for step in 1..=SWIPE_STEPS {
            let moved = x - f64::from(points) * f64::from(step) / f64::from(SWIPE_STEPS);
            self.devtools("Input.dispatchTouchEvent", touch("touchMove", Some(moved))).await?;
        }
        tokio::time::sleep(REST).await;
        self.devtools("Input.dispatchTouchEvent", touch("touchEnd", None)).await.map(drop)
    }
}
