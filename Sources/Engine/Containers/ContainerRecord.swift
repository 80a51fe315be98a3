internal import Linux

/// What the database keeps of a container.
package struct ContainerRecord: Sendable, Equatable {
    /// 64 hexadecimal digits.
    package var id: String
    package var name: String
    /// When it was made, in nanoseconds since 1970: of two that were made in one second it is known which came first.
    package var createdAt: Int64
    /// As `ps` shows it: `host`, a path.
    package var image: String
    package var command: [String]
    /// `ContainerSettings` as JSON; read only where they are needed.
    package var options: [UInt8]
    /// The host's ids behind its user namespace.
    package var range: Range<UInt32>?
    /// `--rm`.
    package var removes: Bool
    /// The image it was made of, 64 hexadecimal digits.
    package var imageID: String?

    package init(
        id: String, name: String, createdAt: Int64, image: String, command: [String], options: [UInt8], range: Range<UInt32>?,
        removes: Bool, imageID: String? = nil
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.image = image
        self.command = command
        self.options = options
        self.range = range
        self.removes = removes
        self.imageID = imageID
    }

    /// Seconds since 1970.
    package var created: Int64 { createdAt / 1_000_000_000 }
    /// As RFC 3339.
    package var createdText: String { WallClock.text(seconds: created, nanoseconds: createdAt % 1_000_000_000) }
    package var shortID: String { String(id.prefix(12)) }

    /// A new id: 256 bits of the kernel's random numbers.
    package static func newID() -> String {
        var source = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for _ in 0..<4 {
            let word = source.next()
            for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int((word >> UInt64(shift)) & 15)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
