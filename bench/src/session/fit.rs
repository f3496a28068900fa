//! How much of the live heap stays whatever is let go of.

/// One moment of a session.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    /// Operations made so far.
    pub(super) operations: f64,
    /// Operations in the logs of all peers.
    pub(super) held: f64,
    /// Bytes.
    pub(super) live: f64,
}

/// What an operation takes, in bytes.
#[derive(Clone, Copy)]
pub(super) struct Growth {
    /// While it is in a log.
    pub(super) while_held: f64,
    /// For ever after.
    pub(super) for_good: f64,
}

/// The least squares of `live = a + while_held·held + for_good·operations`; none where there is too little to tell.
pub(super) fn growth(samples: &[Sample]) -> Option<Growth> {
    let count = crate::figures::real(samples.len());
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let middle = Sample {
        operations: mean(|sample| sample.operations),
        held: mean(|sample| sample.held),
        live: mean(|sample| sample.live),
    };
    let (mut oo, mut hh, mut oh, mut ol, mut hl) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for sample in samples {
        let operations = sample.operations - middle.operations;
        let held = sample.held - middle.held;
        let live = sample.live - middle.live;
        oo += operations * operations;
        hh += held * held;
        oh += operations * held;
        ol += operations * live;
        hl += held * live;
    }
    let determinant = oo * hh - oh * oh;
    (determinant > 0.0).then(|| Growth {
        while_held: (hl * oo - ol * oh) / determinant,
        for_good: (ol * hh - hl * oh) / determinant,
    })
}
