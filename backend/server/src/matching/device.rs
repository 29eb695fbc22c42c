//! What scores the articles. In: the name of a device. Out: a graphics processor, or none.

use std::fmt;
use std::str::FromStr;

use super::gpu::{Gpu, GpuError};
use super::pass::Table;

/// Where passes run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// On a graphics processor if there is one, else on the processor.
    #[default]
    Auto,
    /// On the processor.
    Cpu,
    /// On the graphics processor with this number, in the order in which the system names them; the most powerful
    /// one without it.
    Gpu(Option<usize>),
}

/// No device's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected auto, cpu, gpu or gpu:N with N from 0, got {0:?}")]
pub struct UnknownDevice(String);

impl Device {
    /// Puts a table's rows on the device; `None` is the processor.
    ///
    /// # Errors
    /// When a graphics processor was asked for and cannot be used.
    pub(super) fn open(self, table: &Table) -> Result<Option<Gpu>, GpuError> {
        match self {
            Self::Cpu => Ok(None),
            Self::Gpu(number) => Gpu::open(table, number).map(Some),
            Self::Auto => Ok(Gpu::open_hardware(table)
                .inspect_err(|reason| tracing::info!("the processor scores the articles: {reason}"))
                .ok()),
        }
    }
}

impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(name: &str) -> Result<Self, UnknownDevice> {
        let unknown = || UnknownDevice(name.to_owned());
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(None)),
            _ => {
                let number = name.strip_prefix("gpu:").ok_or_else(unknown)?;
                Ok(Self::Gpu(Some(number.parse().map_err(|_| unknown())?)))
            }
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(None) => f.write_str("gpu"),
            Self::Gpu(Some(number)) => write!(f, "gpu:{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names() {
        for device in [Device::Auto, Device::Cpu, Device::Gpu(None), Device::Gpu(Some(2))] {
            assert_eq!(device.to_string().parse(), Ok(device));
        }
        for name in ["", "GPU", "gpu:", "gpu:-1", "cuda"] {
            assert_eq!(name.parse::<Device>(), Err(UnknownDevice(name.to_owned())));
        }
    }
}
