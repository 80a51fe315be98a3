/// What a name server says to a query: from what it knows, without input or output.
package struct Responder: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// The answer is in `answer`.
        case answered
        /// Others are to be asked.
        case forwarded(DNSQuery)
        /// Nothing is said.
        case dropped
    }

    package enum Transport: Sendable {
        case datagram
        case stream
    }

    package private(set) var answer = DNSAnswer()
    /// Whether queries for other names are passed on.
    package var forwards: Bool

    package init(forwards: Bool) { self.forwards = forwards }

    /// Answers a message.
    ///
    /// - Parameters:
    ///   - message: `count` bytes of it.
    ///   - own: the network that is asked.
    ///   - others: asked for the other networks of the container that asks, when it is no name of this one's; names there are
    ///     looked up by `lookUp`, which says what it was.
    package mutating func respond(
        to message: [UInt8], count: Int, over transport: Transport, own: inout NetworkNames,
        others: (inout Lookup) -> Void = { _ in }
    ) -> Outcome {
        let query: DNSQuery
        do throws(DNSQuery.Refusal) { query = try DNSQuery(message, count: count) } catch {
            guard case .code(let code) = error, let header = DNSHeader(message, count: count) else { return .dropped }
            answer.refuse(code, header)
            return .answered
        }
        if let code = Self.refusal(of: query) {
            answer.refuse(code, query, of: message)
            return .answered
        }
        let limit = transport == .stream ? 0xffff : min(query.payload, Int(DNSAnswer.payload))
        let recursion = forwards ? DNSHeader.Flag.recursionAvailable : 0
        answer.begin(query, of: message, flags: DNSHeader.Flag.authoritative | recursion, limit: limit)
        // Moved, not copied: it is appended to.
        var lookup = Lookup(query: query)
        swap(&lookup.answer, &answer)
        lookup.look(in: &own)
        if !lookup.isFound { others(&lookup) }
        swap(&lookup.answer, &answer)
        if lookup.isFound {
            answer.finish(.success, query)
        } else if lookup.isInSubnet || !forwards {
            answer.finish(.noSuchName, query)
        } else {
            return .forwarded(query)
        }
        return .answered
    }

    /// The same with an answer to a query that was forwarded: it failed.
    package mutating func fail(_ query: DNSQuery, of message: [UInt8]) {
        answer.refuse(.serverFailure, query, of: message, flags: DNSHeader.Flag.recursionAvailable)
    }

    /// Another server's answer that is too long for who asked.
    package mutating func truncate(_ long: [UInt8], for query: DNSQuery, of message: [UInt8]) {
        answer.truncate(long, for: query, of: message)
    }

    /// What is never looked up: other versions of EDNS (RFC 6891, section 6.1.3), other classes than IN, transfers of zones.
    private static func refusal(of query: DNSQuery) -> DNSCode? {
        if let options = query.options, options.version != 0 { return .badVersion }
        if query.recordClass != 1 || DNSType.transfers.contains(query.type) { return .refused }
        return nil
    }
}

/// One query on its way through the networks of who asks.
package struct Lookup {
    fileprivate let query: DNSQuery
    fileprivate var answer = DNSAnswer()
    package private(set) var isFound = false
    /// It is for an address of a network's, which nobody else can know.
    fileprivate var isInSubnet = false
    private let reverse: IPAddress?

    fileprivate init(query: DNSQuery) {
        self.query = query
        reverse = query.name.reverseAddress
    }

    /// Looks into a network; answers from the first that knows the name, also where it has no such record of it.
    package mutating func look(in names: inout NetworkNames) {
        guard !isFound else { return }
        if let reverse {
            if let member = names.member(at: reverse), let name = member.names.first {
                isFound = true
                if query.type == DNSType.pointer { answer.append(type: DNSType.pointer, data: name.bytes) }
            } else if names.contains(reverse) {
                isInSubnet = true
            }
            return
        }
        guard let key = names.find(query.name) else { return }
        isFound = true
        switch query.type {
        case DNSType.address4: names.addresses(of: key, .v4) { answer.append($0) }
        case DNSType.address6: names.addresses(of: key, .v6) { answer.append($0) }
        default: break
        }
    }
}
