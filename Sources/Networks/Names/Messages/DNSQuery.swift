/// A query with its one question, and what its OPT record says. RFC 1035, section 4.1.2; RFC 6891.
package struct DNSQuery: Sendable, Equatable {
    package var header: DNSHeader
    package var name: DNSName
    package var type: UInt16
    package var recordClass: UInt16
    /// Where the question ends.
    package var questionEnd: Int
    package var options: Options?

    /// RFC 6891, section 6.1.3.
    package struct Options: Sendable, Equatable {
        /// The longest answer that the asker takes over UDP, in bytes.
        package var payload: UInt16
        package var version: UInt8
        /// DNSSEC's DO. RFC 3225.
        package var wantsSecurity: Bool
    }

    /// Why a message is not answered from its question.
    package enum Refusal: Error, Equatable {
        /// Not to be answered at all: too short, or itself an answer, which would go on for ever.
        case silent
        case code(DNSCode)
    }

    /// The smallest limit of an answer over UDP. RFC 1035, section 2.3.4.
    static let shortestPayload = 512

    package init(_ message: [UInt8], count: Int) throws(Refusal) {
        guard let header = DNSHeader(message, count: count), !header.isResponse else { throw .silent }
        guard header.isStandardQuery else { throw .code(.notImplemented) }
        guard header.questions == 1 else { throw .code(.formatError) }
        self.header = header
        var at = DNSHeader.size
        guard let name = DNSName(in: message, count: count, at: &at), at + 4 <= count else { throw .code(.formatError) }
        self.name = name
        type = message.number16(at: at)
        recordClass = message.number16(at: at + 2)
        questionEnd = at + 4
        at = questionEnd
        // Each record takes bytes, so that the counts, which may lie, end with the message.
        for index in 0..<(header.answers + header.authorities + header.additional) {
            let isAdditional = index >= header.answers + header.authorities
            guard let record = DNSRecordHead(message, count: count, at: &at) else { throw .code(.formatError) }
            guard record.type == DNSType.options else { continue }
            guard isAdditional, record.isAtRoot, options == nil else { throw .code(.formatError) }
            options = Options(
                payload: record.recordClass, version: UInt8(truncatingIfNeeded: record.timeToLive >> 16),
                wantsSecurity: record.timeToLive & 0x8000 != 0)
        }
        guard at == count else { throw .code(.formatError) }
    }

    /// The longest answer that the asker takes over UDP, in bytes.
    package var payload: Int { options.map { max(Int($0.payload), Self.shortestPayload) } ?? Self.shortestPayload }
}

/// What stands before a record's data. RFC 1035, section 4.1.3.
struct DNSRecordHead {
    var isAtRoot: Bool
    var type: UInt16
    var recordClass: UInt16
    var timeToLive: UInt32

    /// Moves `offset` behind the record's data. Nil for a record that is cut off.
    init?(_ message: [UInt8], count: Int, at offset: inout Int) {
        let start = offset
        guard DNSName.skip(in: message, count: count, at: &offset), offset + 10 <= count else { return nil }
        isAtRoot = offset == start + 1
        type = message.number16(at: offset)
        recordClass = message.number16(at: offset + 2)
        timeToLive = UInt32(message.number16(at: offset + 4)) << 16 | UInt32(message.number16(at: offset + 6))
        offset += 10 + Int(message.number16(at: offset + 8))
        guard offset <= count else { return nil }
    }
}
