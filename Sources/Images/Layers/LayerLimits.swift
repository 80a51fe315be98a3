internal import Linux

/// Bounds on what an archive from outside may cost. Beyond one of them unpacking stops, and nothing of it is kept.
public struct LayerLimits: Sendable, Equatable {
    /// Bytes of the decompressed archive, and apart from that of the files in it (a sparse file counts its whole size).
    public var totalBytes: Int64
    public var entries: Int
    /// Bytes of a path; more than PATH_MAX (4096) cannot be named to the kernel.
    public var pathLength: Int
    /// Components of a path.
    public var depth: Int
    /// Bytes of one extended attribute's value; Linux has no more than 65,536.
    public var attributeBytes: Int
    /// Bytes of all extended attributes of a file, names and values.
    public var attributeBytesPerFile: Int

    public init(
        totalBytes: Int64 = 64 << 30, entries: Int = 4_000_000, pathLength: Int = 4095, depth: Int = 1024,
        attributeBytes: Int = 65_536, attributeBytesPerFile: Int = 1 << 20
    ) {
        self.totalBytes = totalBytes
        self.entries = entries
        self.pathLength = pathLength
        self.depth = depth
        self.attributeBytes = attributeBytes
        self.attributeBytesPerFile = attributeBytesPerFile
    }

    /// 64 GiB and 4 million entries, or what the environment says.
    public static let standard = (try? fromEnvironment()) ?? LayerLimits()

    static let bytesVariable = "HAKO_LAYER_BYTES"
    static let entriesVariable = "HAKO_LAYER_ENTRIES"

    /// What HAKO_LAYER_BYTES and HAKO_LAYER_ENTRIES allow.
    ///
    /// - Throws: for a value that is no number: who sets a limit must not run without one.
    package static func fromEnvironment() throws(ImagesError) -> LayerLimits {
        func number(_ name: String, _ standard: Int64) throws(ImagesError) -> Int64 {
            guard let text = Environment.value(name) else { return standard }
            guard let value = Int64(text), value > 0 else {
                throw ImagesError(.unsupported, "\(name) is \"\(text)\", and should be a number above zero")
            }
            return value
        }
        var limits = LayerLimits()
        limits.totalBytes = try number(bytesVariable, limits.totalBytes)
        limits.entries = Int(try number(entriesVariable, Int64(limits.entries)))
        return limits
    }
}
