package import JSON

/// A check of a container from within its network, as Kubernetes has them: that a port takes connections, or that a GET is
/// answered with 200 to 399.
package struct NetworkProbe: JSONRecord, Equatable, Sendable {
    package struct Header: JSONRecord, Equatable, Sendable {
        package var name = ""
        package var value = ""
        package var unknown = JSONObject()

        package init() {}

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("name", "value")
            try fields("name", &name)
            try fields("value", &value)
            guard NetworkProbe.isToken(name) else { throw JSONError("is \"\(name)\", which is no header's name", at: "name") }
            guard value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else {
                throw JSONError("holds a control character", at: "value")
            }
            try fields.refuseOthers()
        }
    }

    package var port: UInt16 = 0
    /// An address; nil is the container itself.
    package var host: String?
    /// Of a GET; nil where a connection is all that is asked for.
    package var path: String?
    package var headers: [Header]?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("port")
        try fields("port", &port)
        try fields("host", &host)
        try fields("path", &path)
        try fields("headers", &headers)
    }

    /// RFC 9110, section 5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
    }

    /// A path that a request line can hold.
    package static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.count <= 4096 && text.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    }

    /// For people: `GET 127.0.0.1:80/healthz`.
    package var text: String { (path == nil ? "connect " : "GET ") + "\(authority)\(path ?? "")" }

    /// Host and port. RFC 3986, section 3.2.
    var authority: String {
        let host = host ?? "127.0.0.1"
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The request line and the headers. RFC 9112.
    var request: [UInt8] {
        func has(_ name: String) -> Bool { (headers ?? []).contains { $0.name.lowercased() == name } }
        var lines = ["GET \(path ?? "/") HTTP/1.1"]
        if !has("host") { lines.append("Host: \(authority)") }
        if !has("user-agent") { lines.append("User-Agent: hako-probe/\(RuntimeVersion.number)") }
        if !has("accept") { lines.append("Accept: */*") }
        lines += (headers ?? []).map { "\($0.name): \($0.value)" }
        lines.append("Connection: close")
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

/// The beginning of an answer, as it comes: a status line and headers. RFC 9112, section 4.
package struct AnswerHead {
    package struct Malformed: Error, Equatable {
        package let why: String
    }

    private var bytes: [UInt8] = []
    /// More than this is no health check's answer.
    package static let largest = 64 << 10

    package init() {}

    /// Takes what was read.
    ///
    /// - Returns: the status, once it is known for good: those of 100 to 199 come before another.
    package mutating func append(_ more: [UInt8]) throws(Malformed) -> Int? {
        bytes += more
        while let end = Self.end(of: bytes) {
            let status = try Self.status(bytes)
            if status >= 200 || status == 101 { return status }
            bytes.removeFirst(end)
        }
        if !bytes.isEmpty, !Array("HTTP/1.".utf8).starts(with: bytes.prefix(7)) {
            throw Malformed(why: "the answer is not HTTP/1")
        }
        guard bytes.count <= Self.largest else { throw Malformed(why: "the answer's headers have more than 64 KiB") }
        return nil
    }

    /// Where the empty line ends.
    private static func end(of bytes: [UInt8]) -> Int? {
        var start = 0
        while let newline = bytes[start...].firstIndex(of: 10) {
            let line = bytes[start..<newline]
            if start > 0, line.isEmpty || line.elementsEqual([13]) { return newline + 1 }
            start = newline + 1
        }
        return nil
    }

    private static func status(_ bytes: [UInt8]) throws(Malformed) -> Int {
        let line = bytes.prefix { $0 != 10 && $0 != 13 }
        let words = line.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].count == 8, words[0].starts(with: Array("HTTP/1.".utf8)), words[1].count == 3,
            let status = Int(String(decoding: words[1], as: UTF8.self)), (100...599).contains(status)
        else { throw Malformed(why: "the answer is not HTTP/1") }
        return status
    }
}
