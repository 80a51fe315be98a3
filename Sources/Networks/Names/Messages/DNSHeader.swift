/// The first twelve bytes of a message. RFC 1035, section 4.1.1.
package struct DNSHeader: Sendable, Equatable {
    package static let size = 12

    package var id: UInt16
    package var flags: UInt16
    package var questions: Int
    package var answers: Int
    package var authorities: Int
    package var additional: Int

    /// Nil for fewer bytes than that.
    package init?(_ message: [UInt8], count: Int) {
        guard count >= Self.size, count <= message.count else { return nil }
        id = message.number16(at: 0)
        flags = message.number16(at: 2)
        questions = Int(message.number16(at: 4))
        answers = Int(message.number16(at: 6))
        authorities = Int(message.number16(at: 8))
        additional = Int(message.number16(at: 10))
    }

    /// The bits of `flags`; AD and CD are of RFC 4035, section 3.
    enum Flag {
        static let response: UInt16 = 0x8000
        static let operation: UInt16 = 0x7800
        static let authoritative: UInt16 = 0x0400
        static let truncated: UInt16 = 0x0200
        static let recursionDesired: UInt16 = 0x0100
        static let recursionAvailable: UInt16 = 0x0080
        static let checkingDisabled: UInt16 = 0x0010
    }

    package var isResponse: Bool { flags & Flag.response != 0 }
    package var isStandardQuery: Bool { flags & Flag.operation == 0 }
    package var code: UInt16 { flags & 0xf }
}

/// How a query was answered. RFC 1035, section 4.1.1; RFC 6891, section 9 for the last.
package enum DNSCode: UInt16, Sendable {
    case success = 0
    case formatError = 1
    case serverFailure = 2
    case noSuchName = 3
    case notImplemented = 4
    case refused = 5
    /// Its upper bits are in the OPT record.
    case badVersion = 16
}

/// Types of records. RFC 1035, section 3.2.2; RFC 3596; RFC 6891; RFC 5936.
package enum DNSType {
    package static let address4: UInt16 = 1
    package static let pointer: UInt16 = 12
    package static let address6: UInt16 = 28
    package static let options: UInt16 = 41
    /// IXFR and AXFR, whose answers are many messages.
    static let transfers: ClosedRange<UInt16> = 251...252
}

extension [UInt8] {
    /// Two bytes in the order of the network.
    @inline(__always)
    func number16(at offset: Int) -> UInt16 { UInt16(self[offset]) << 8 | UInt16(self[offset + 1]) }

    @inline(__always)
    mutating func append16(_ value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    mutating func append32(_ value: UInt32) {
        append16(UInt16(truncatingIfNeeded: value >> 16))
        append16(UInt16(truncatingIfNeeded: value))
    }

    mutating func set16(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
