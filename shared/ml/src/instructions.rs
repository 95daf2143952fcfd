//! Which instructions kernels use. They are chosen at run time, so that one program is fast everywhere; sums may
//! round differently with others, so a model's manifest names them.

/// A set of instructions kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    /// What every processor of the architecture has.
    Plain,
    /// AVX2 with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 as well.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// Those this processor has, the widest last.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                all.push(Self::Avx2);
                if std::arch::is_x86_feature_detected!("avx512f") {
                    all.push(Self::Avx512);
                }
            }
        }
        all
    }

    /// The widest this processor has.
    pub(crate) fn widest() -> Self {
        Self::all().pop().unwrap_or(Self::Plain)
    }

    /// The name in manifests.
    pub(crate) fn name(self) -> String {
        let more = match self {
            Self::Plain => "",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "+avx2+fma",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "+avx512f",
        };
        format!("{}{more}", std::env::consts::ARCH)
    }
}
