extension Trace {
    /// The trace for a child that gets its sink under another number: the descriptor here, and what `resume` takes there.
    package static func handoverAsDescriptor(_ number: CInt) -> (sink: CInt, text: String)? {
        guard let parts = handover?.split(separator: ":"), parts.count == 3, let sink = CInt(parts[1]) else { return nil }
        return (sink, "\(parts[0]):\(number):\(parts[2])")
    }
}
