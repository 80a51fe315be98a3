/// Sizes for people, in docker's form: `5.6MB`.
enum ByteText {
    static func text(_ bytes: Int64) -> String {
        var (value, unit) = (Double(bytes), 0)
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
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
