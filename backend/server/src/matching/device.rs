//! The choice of a device. In: its name, `auto`, `cpu`, `gpu` or `gpu:N`. Out: a [`Device`].

use std::fmt;
use std::str::FromStr;

/// Where passes run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// On a graphics processor if there is one, else on the processor.
    #[default]
    Auto,
    /// On the processor.
    Cpu,
    /// On the graphics processor with this number, in the system's order; without a number, on the most powerful one.
    Gpu(Option<usize>),
}

/// Not the name of a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected auto, cpu, gpu or gpu:N with N from 0, got {0:?}")]
pub struct UnknownDevice(String);

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
