import Testing

@testable import DBus

@Suite struct DBusMessageTests {
    @Test func aMessageReadsAsItWasWritten() throws {
        var message = DBusMessage(call: "StopUnit", of: "org.x.Manager", at: "/org/x", on: "org.x")
        message.serial = 7
        message.setBody("sus") {
            $0.string("a.scope")
            $0.number(UInt32(5))
            $0.string("replace")
        }
        let bytes = message.encoded()
        #expect(DBusMessage.length(of: bytes) == bytes.count)
        let read = try #require(DBusMessage(parsing: bytes))
        #expect(read == message && read.words == ["a.scope", "5", "replace"])
    }

    @Test func cutShortItIsNoMessage() {
        var message = DBusMessage(call: "StopUnit", of: "org.x.Manager", at: "/org/x", on: "org.x")
        message.setBody("s") { $0.string("a.scope") }
        let bytes = message.encoded()
        for count in 0..<bytes.count { #expect(DBusMessage(parsing: Array(bytes[..<count])) == nil, "\(count) bytes") }
    }

    @Test func sizesThatNobodySendsAreRefused() {
        var bytes = DBusMessage(call: "x", of: "a.b", at: "/", on: "a.b").encoded()
        bytes[7] = 0xff
        #expect(DBusMessage.length(of: bytes) == nil)
    }
}
