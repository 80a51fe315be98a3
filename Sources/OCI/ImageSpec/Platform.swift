public import JSON

/// The machine an image is for (image-spec, image-index.md, platform).
public struct Platform: JSONRecord, Equatable, CustomStringConvertible {
    public var architecture = ""
    public var os = ""
    public var variant: String?
    public var osVersion: String?
    public var unknown = JSONObject()

    public init() {}

    public init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("architecture", &architecture)
        try fields("os", &os)
        try fields("variant", &variant)
        try fields("os.version", &osVersion)
    }

    /// The machine this program was built for.
    public static var current: Platform {
        #if arch(arm64)
            Platform(os: "linux", architecture: "arm64", variant: "v8")
        #else
            Platform(os: "linux", architecture: "amd64")
        #endif
    }

    /// `linux/arm64`, `linux/arm/v7`, `arm64`, `linux/x86_64`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { $0.lowercased() }
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let named = parts.count == 1 ? ["linux"] + parts : parts
        self.init(os: named[0], architecture: named[1], variant: named.count == 3 ? named[2] : nil)
        normalize()
    }

    public var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }

    /// Go's names for machines, as images have them.
    private mutating func normalize() {
        switch architecture {
        case "x86_64", "x86-64": architecture = "amd64"
        case "aarch64": architecture = "arm64"
        case "i386", "i486", "i586", "i686", "x86": architecture = "386"
        case "armhf": (architecture, variant) = ("arm", variant ?? "v7")
        case "armel": (architecture, variant) = ("arm", variant ?? "v6")
        default: break
        }
        if architecture == "arm64", variant == "v8" || variant == "8" { variant = nil }
        if let given = variant, let first = given.utf8.first, (48...57).contains(first) { variant = "v\(given)" }
    }

    /// How well an image of this platform runs on `wanted`; nil is not at all, more is better.
    public func fitness(for wanted: Platform) -> Int? {
        var own = self, other = wanted
        own.normalize()
        other.normalize()
        guard own.os == other.os, own.architecture == other.architecture else { return nil }
        if own.variant == other.variant { return 100 }
        // A machine of arm v7 also runs v6 and v5, and what names no variant.
        guard let want = other.variant?.dropFirst().first?.wholeNumberValue else { return own.variant == nil ? 90 : 10 }
        guard let have = own.variant?.dropFirst().first?.wholeNumberValue else { return 50 }
        return have <= want ? 50 + have : nil
    }
}
