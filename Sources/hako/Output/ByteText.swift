/// Sizes for people, in docker's form: `5.6MB`.
enum ByteText {
    static func text(_ bytes: Int64) -> String { text(bytes, base: 1000, ["B", "kB", "MB", "GB", "TB", "PB"]) }

    /// In powers of 1024, as memory is counted: `1.5MiB`.
    static func binary(_ bytes: Int64) -> String { text(bytes, base: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]) }

    private static func text(_ bytes: Int64, base: Double, _ units: [String]) -> String {
        var (value, unit) = (Double(bytes), 0)
        while value >= base - 0.5, unit < units.count - 1 {
            value /= base
            unit += 1
        }
        if unit == 0 { return "\(bytes)B" }
        // Three figures that count.
        let digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        let scale = [1.0, 10, 100][digits]
        let rounded = Int64((value * scale).rounded())
        guard digits > 0 else { return "\(rounded)\(units[unit])" }
        let (whole, part) = (rounded / Int64(scale), rounded % Int64(scale))
        var fraction = String(part)
        while fraction.count < digits { fraction = "0" + fraction }
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(whole)\(units[unit])" : "\(whole).\(fraction)\(units[unit])"
    }
}
