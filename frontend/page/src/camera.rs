//! The device's camera. In: which one. Out: its picture as it runs, and a shot of it, a JPEG.
//!
//! A camera runs as long as its [`Camera`] lives: dropping it stops every track, and the light beside the lens goes out.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, ConstrainDomStringParameters, ConstrainLongRange, HtmlCanvasElement,
    HtmlVideoElement, MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints,
    MediaStreamTrack, MediaTrackConstraints,
};

use crate::turned::encoded;

/// Requested sides, long and short: a photo is scaled to [`stl_types::limits::MAX_WORK_SIDE`] before any work.
/// A camera that has less gives what it has.
const WANTED_SIDES: [i32; 2] = [1920, 1440];

/// Between photos from phones (about 0.95) and those from messengers (about 0.8).
const JPEG_QUALITY: f64 = 0.92;

/// A running camera.
pub(crate) struct Camera {
    stream: MediaStream,
    facing: Option<Facing>,
    device: Option<String>,
    _on_ended: Closure<dyn Fn()>,
}

/// Where a camera looks; webcams seldom say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facing {
    /// At the visitor.
    Visitor,
    /// Away from the screen.
    Away,
}

/// Which camera is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// One that looks away from the screen, or whatever there is.
    Away,
    /// One that looks there, where that is known; else the device with this id.
    Other { facing: Option<Facing>, device: String },
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraFault {
    /// The visitor, the browser or the system does not allow it.
    Denied,
    /// There is none.
    Missing,
    /// Another program uses it, or it was unplugged.
    InUse,
    /// The page is unencrypted: browsers give it no camera.
    Insecure,
    /// Anything else.
    Failed,
}

impl CameraFault {
    /// The name in `data-code`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::InUse => "in-use",
            Self::Insecure => "insecure",
            Self::Failed => "failed",
        }
    }

    /// By the name of a `DOMException` (W3C Media Capture and Streams, 10.2).
    fn of(name: &str) -> Self {
        match name {
            "NotAllowedError" | "SecurityError" => Self::Denied,
            "NotFoundError" | "OverconstrainedError" => Self::Missing,
            "NotReadableError" | "AbortError" => Self::InUse,
            _ => Self::Failed,
        }
    }
}

impl From<JsValue> for CameraFault {
    fn from(error: JsValue) -> Self {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        Self::of(name.as_deref().unwrap_or_default())
    }
}

impl Facing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "user",
            Self::Away => "environment",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Visitor, Self::Away].into_iter().find(|facing| facing.as_str() == name)
    }

    const fn opposite(self) -> Self {
        match self {
            Self::Visitor => Self::Away,
            Self::Away => Self::Visitor,
        }
    }
}

impl Camera {
    /// Opens a camera, for which the browser may ask the visitor. `on_ended` is called when it stops by itself.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn open(which: &Which, on_ended: impl Fn() + 'static) -> Result<Self, CameraFault> {
        let stream = match which {
            Which::Away => stream(Some((Facing::Away, false)), None).await,
            Which::Other { facing, device } => {
                let by_facing = match facing {
                    Some(facing) => stream(Some((*facing, true)), None).await,
                    None => Err(CameraFault::Missing),
                };
                match by_facing {
                    Err(CameraFault::Missing) => stream(None, Some(device)).await,
                    found => found,
                }
            }
        }?;
        let on_ended = Closure::new(on_ended);
        let track = track_of(&stream);
        let settings = track.as_ref().map(MediaStreamTrack::get_settings);
        if let Some(track) = track {
            track.set_onended(Some(on_ended.as_ref().unchecked_ref()));
        }
        let facing = settings.as_ref().and_then(|settings| Facing::of(&settings.get_facing_mode()?));
        let device = settings.and_then(|settings| settings.get_device_id());
        Ok(Self { stream, facing, device, _on_ended: on_ended })
    }

    /// Shows what it sees.
    pub(crate) fn show_in(&self, video: &HtmlVideoElement) {
        video.set_src_object(Some(&self.stream));
        // `autoplay` plays it; some browsers need this call, and a refusal leaves the picture still.
        if let Ok(playing) = video.play() {
            leptos::task::spawn_local(async move { drop(JsFuture::from(playing).await) });
        }
    }

    /// Whether its picture is to be shown as in a mirror: who looks into it moves the way the picture does. A camera that
    /// does not say where it looks is a webcam before its owner.
    pub(crate) fn is_mirror(&self) -> bool {
        self.facing != Some(Facing::Away)
    }

    /// What a switch leads to, where there is more than one camera.
    pub(crate) async fn other(&self) -> Option<Which> {
        let devices = JsFuture::from(devices().ok()?.enumerate_devices().ok()?).await.ok()?;
        let cameras: Vec<String> = js_sys::Array::from(&devices)
            .iter()
            .filter_map(|device| device.dyn_into::<MediaDeviceInfo>().ok())
            .filter(|device| device.kind() == MediaDeviceKind::Videoinput)
            .map(|device| device.device_id())
            .collect();
        let device = after(&cameras, self.device.as_deref())?;
        Some(Which::Other { facing: self.facing.map(Facing::opposite), device })
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        for track in self.stream.get_tracks().iter().filter_map(|track| track.dyn_into::<MediaStreamTrack>().ok()) {
            track.set_onended(None);
            track.stop();
        }
    }
}

/// The camera after the present one; none where that is the only one.
fn after(cameras: &[String], present: Option<&str>) -> Option<String> {
    if cameras.len() < 2 {
        return None;
    }
    let at = cameras.iter().position(|camera| Some(camera.as_str()) == present).unwrap_or(cameras.len() - 1);
    cameras.get((at + 1) % cameras.len()).cloned()
}

/// What the video shows now, as the camera sees it (never mirrored), at its full resolution: a JPEG.
///
/// # Errors
/// When there is no picture yet, or no memory for it.
pub(crate) async fn shot(video: &HtmlVideoElement) -> Result<Blob, CameraFault> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(CameraFault::Failed)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into().map_err(|_| CameraFault::Failed)?;
    let (width, height) = (video.video_width(), video.video_height());
    if width == 0 || height == 0 {
        return Err(CameraFault::Failed);
    }
    canvas.set_width(width);
    canvas.set_height(height);
    let context: CanvasRenderingContext2d =
        canvas.get_context("2d")?.and_then(|context| context.dyn_into().ok()).ok_or(CameraFault::Failed)?;
    context.draw_image_with_html_video_element(video, 0.0, 0.0)?;
    encoded(&canvas, JPEG_QUALITY).await.map_err(|_| CameraFault::Failed)
}

fn devices() -> Result<MediaDevices, CameraFault> {
    let window = web_sys::window().ok_or(CameraFault::Failed)?;
    let devices = window.navigator().media_devices().ok().filter(|devices| !devices.is_undefined());
    devices.ok_or(if window.is_secure_context() { CameraFault::Missing } else { CameraFault::Insecure })
}

async fn stream(facing: Option<(Facing, bool)>, device: Option<&str>) -> Result<MediaStream, CameraFault> {
    let video = MediaTrackConstraints::new();
    for (side, set) in WANTED_SIDES.into_iter().zip([
        MediaTrackConstraints::set_width_constrain_long_range,
        MediaTrackConstraints::set_height_constrain_long_range,
    ]) {
        let range = ConstrainLongRange::new();
        range.set_ideal(side);
        set(&video, &range);
    }
    if let Some((facing, is_exact)) = facing {
        let wanted = ConstrainDomStringParameters::new();
        if is_exact {
            wanted.set_exact_str(facing.as_str())
        } else {
            wanted.set_ideal_str(facing.as_str())
        }
        video.set_facing_mode_constrain_dom_string_parameters(&wanted);
    }
    if let Some(device) = device {
        let wanted = ConstrainDomStringParameters::new();
        wanted.set_exact_str(device);
        video.set_device_id_constrain_dom_string_parameters(&wanted);
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&false.into());
    constraints.set_video(&video);
    let stream = JsFuture::from(devices()?.get_user_media_with_constraints(&constraints)?).await?;
    stream.dyn_into().map_err(|_| CameraFault::Failed)
}

fn track_of(stream: &MediaStream) -> Option<MediaStreamTrack> {
    stream.get_video_tracks().get(0).dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_of_a_browser_has_its_fault() {
        assert_eq!(CameraFault::of("NotAllowedError"), CameraFault::Denied);
        assert_eq!(CameraFault::of("OverconstrainedError"), CameraFault::Missing);
        assert_eq!(CameraFault::of("NotReadableError"), CameraFault::InUse);
        assert_eq!(CameraFault::of("TypeError"), CameraFault::Failed);
    }

    #[test]
    fn the_switch_goes_round_and_is_missing_where_there_is_one_camera() {
        let cameras = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(after(&cameras, Some("a")).as_deref(), Some("b"));
        assert_eq!(after(&cameras, Some("c")).as_deref(), Some("a"));
        assert_eq!(after(&cameras, None).as_deref(), Some("a"));
        assert_eq!(after(&cameras[..1], Some("a")), None);
    }

    #[test]
    fn facings_are_those_of_the_standard() {
        assert_eq!(Facing::of("environment"), Some(Facing::Away));
        assert_eq!(Facing::of("user").map(Facing::opposite), Some(Facing::Away));
        assert_eq!(Facing::of("left"), None);
    }
}
