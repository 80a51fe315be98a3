import Testing

@testable import Runtime

/// What a probe asks, and how it reads the answer; nothing is connected.
@Suite struct NetworkProbeTests {
    @Test func aRequestIsWholeAndEndsTheConnection() {
        var probe = NetworkProbe()
        probe.port = 80
        probe.path = "/up?x=1"
        probe.headers = [.init("X-A", "b"), .init("host", "web")]
        let text = String(decoding: probe.request, as: UTF8.self)
        #expect(text.hasPrefix("GET /up?x=1 HTTP/1.1\r\nUser-Agent: hako-probe/") && text.hasSuffix("\r\n\r\n"))
        #expect(text.contains("\r\nX-A: b\r\n") && text.contains("\r\nConnection: close\r\n") && !text.contains("Host: 127"))
        probe.headers = nil
        probe.host = "::1"
        #expect(String(decoding: probe.request, as: UTF8.self).contains("\r\nHost: [::1]:80\r\n"))
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\n", 200), ("HTTP/1.0 404 Not Found\r\nA: b\r\n\r\nbody", 404), ("HTTP/1.1 204\n\n", 204),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 301 Moved\r\n\r\n", 301), ("HTTP/1.1 200 OK\r\nA: b\r\n", nil), ("", nil),
        ("HTTP/1.1 103 Early Hints\r\n\r\n", nil),
    ])
    func statusesAreRead(_ text: String, _ status: Int?) throws {
        var whole = AnswerHead()
        #expect(try whole.append(Array(text.utf8)) == status)
        // A byte at a time.
        var slow = AnswerHead()
        var found: Int?
        for byte in text.utf8 { found = try found ?? slow.append([byte]) }
        #expect(found == status)
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 two\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "\r\n\r\n",
    ])
    func whatIsNoAnswerIsSaidToBeNone(_ text: String) {
        var head = AnswerHead()
        #expect(throws: AnswerHead.Malformed.self) { try head.append(Array(text.utf8)) }
    }

    @Test func headersWithoutEndAreCutOff() {
        var head = AnswerHead()
        #expect(throws: AnswerHead.Malformed(why: "the answer's headers have more than 64 KiB")) {
            _ = try head.append(Array("HTTP/1.1 200 OK\r\n".utf8))
            for _ in 0..<10_000 { _ = try head.append(Array("A: bbbbbbbb\r\n".utf8)) }
        }
    }

    @Test(arguments: [("/", true), ("/a?b=%20", true), ("a", false), ("/a b", false), ("/a\r\nB: c", false), ("/é", false)])
    func paths(_ text: String, _ isOne: Bool) { #expect(NetworkProbe.isPath(text) == isOne) }
}
