internal import Glibc

/// The share of processor time a group gets among its siblings, in both versions' scales.
package enum CPUWeight {
    /// `cpu.weight` (1 to 10000, 100 when unset) that stands for v1's `cpu.shares` (2 to 262144, 1024 when unset).
    ///
    /// The ends and the defaults meet: the exponent is the parabola in log2(shares) through (1, 0), (10, 2), (18, 4), what
    /// runc (1.3.2) and crun (1.23) do; the linear conversion before it made the default 39. Rounded up.
    package static func fromShares(_ shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let l = log2(Double(shares))
        let exponent = (l * l + 125 * l) / 612 - 7.0 / 34
        return UInt64(ceil(pow(10, exponent)))
    }
}
