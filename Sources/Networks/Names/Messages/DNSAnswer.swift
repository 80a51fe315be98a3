/// Writes answers into a buffer that is used again and again.
package struct DNSAnswer: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var answers: UInt16 = 0
    private var limit = 0
    private var isTruncated = false

    /// Seconds that a name may be remembered. A container that starts again has another address, and is found again after so
    /// long; asking once more costs a few microseconds.
    static let timeToLive: UInt32 = 5
    /// What this server takes over UDP, and the most it sends of its own: fits into the smallest packet that every link with
    /// IPv6 carries. RFC 6891, section 6.2.5.
    package static let payload: UInt16 = 1232
    /// With the OPT record of an answer.
    private static let optionsSize = 11

    package init() {}

    /// Begins an answer to a query: its header and its question, as it came.
    ///
    /// - Parameter limit: the most bytes of it.
    mutating func begin(_ query: DNSQuery, of message: [UInt8], flags: UInt16 = 0, limit: Int) {
        bytes.removeAll(keepingCapacity: true)
        answers = 0
        isTruncated = false
        self.limit = limit - (query.options == nil ? 0 : Self.optionsSize)
        let kept = query.header.flags & (DNSHeader.Flag.recursionDesired | DNSHeader.Flag.checkingDisabled)
        appendHeader(id: query.header.id, flags: DNSHeader.Flag.response | kept | flags, questions: 1)
        bytes += message[DNSHeader.size..<query.questionEnd]
    }

    private mutating func appendHeader(id: UInt16, flags: UInt16, questions: UInt16) {
        bytes.append16(id)
        bytes.append16(flags)
        bytes.append16(questions)
        for _ in 0..<3 { bytes.append16(0) }
    }

    /// Appends a record of the question's name; with the first that has no room the answer is truncated. RFC 2181, section 9.
    mutating func append(type: UInt16, data: [UInt8]) {
        guard !isTruncated else { return }
        guard bytes.count + 12 + data.count <= limit else {
            isTruncated = true
            return
        }
        appendHead(type, size: data.count)
        bytes += data
    }

    /// The same for an address, without making an array of it.
    mutating func append(_ address: IPAddress) {
        guard !isTruncated else { return }
        let size = address.family.size
        guard bytes.count + 12 + size <= limit else {
            isTruncated = true
            return
        }
        appendHead(address.family == .v4 ? DNSType.address4 : DNSType.address6, size: size)
        for index in (0..<size).reversed() { bytes.append(UInt8(truncatingIfNeeded: address.value >> UInt128(index * 8))) }
    }

    private mutating func appendHead(_ type: UInt16, size: Int) {
        // A pointer to the question's name, which is always at the same place.
        bytes.append16(0xc000 | UInt16(DNSHeader.size))
        bytes.append16(type)
        bytes.append16(1)
        bytes.append32(Self.timeToLive)
        bytes.append16(UInt16(size))
        answers += 1
    }

    /// Ends it: the code, the counts, and an OPT record where the query had one. RFC 6891, section 6.1.1.
    mutating func finish(_ code: DNSCode, _ query: DNSQuery) {
        let flags = bytes.number16(at: 2) | code.rawValue & 0xf | (isTruncated ? DNSHeader.Flag.truncated : 0)
        bytes.set16(flags, at: 2)
        bytes.set16(answers, at: 6)
        guard let options = query.options else { return }
        appendOptions(code, wantsSecurity: options.wantsSecurity)
    }

    private mutating func appendOptions(_ code: DNSCode, wantsSecurity: Bool) {
        bytes.append(0)
        bytes.append16(DNSType.options)
        bytes.append16(Self.payload)
        bytes.append32(UInt32(code.rawValue >> 4) << 24 | (wantsSecurity ? 0x8000 : 0))
        bytes.append16(0)
        bytes.set16(1, at: 10)
    }

    /// An answer that is nothing but a code.
    package mutating func refuse(_ code: DNSCode, _ query: DNSQuery, of message: [UInt8], flags: UInt16 = 0) {
        begin(query, of: message, flags: flags, limit: Int(Self.payload))
        finish(code, query)
    }

    /// An answer to a message whose question could not be read.
    package mutating func refuse(_ code: DNSCode, _ header: DNSHeader) {
        bytes.removeAll(keepingCapacity: true)
        let kept = header.flags & (DNSHeader.Flag.operation | DNSHeader.Flag.recursionDesired)
        appendHeader(id: header.id, flags: DNSHeader.Flag.response | kept | code.rawValue & 0xf, questions: 0)
    }

    /// What is left of another server's answer that is too long for who asked: its flags, and the question.
    package mutating func truncate(_ answer: [UInt8], for query: DNSQuery, of message: [UInt8]) {
        begin(query, of: message, limit: Int(Self.payload))
        bytes.set16(answer.number16(at: 2) | DNSHeader.Flag.truncated, at: 2)
        if let options = query.options { appendOptions(.success, wantsSecurity: options.wantsSecurity) }
    }
}
