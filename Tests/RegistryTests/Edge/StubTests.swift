import EdgeProtocol
import Foundation
import JSON
import Testing

/// The edge against a registry that misbehaves.
@Suite(.serialized, .enabled(if: Machine.has("python3", "curl"), "needs python3 and curl"))
struct StubTests {
    let stub: Stub
    let folder: Folder

    init() throws {
        stub = try Stub()
        folder = try Folder()
    }

    private func fetch(_ repository: String, _ blob: Blob, offset: Int64? = nil, before: Data = Data()) throws -> Edge.Answer {
        let file = try folder.file("out", before)
        return try Edge.ask([], Edge.blob("\(stub.name)/\(repository)", blob, into: file, offset: offset))[0]
    }

    private func matches(_ blob: Blob) throws -> Bool { try folder.data("out") == Data(contentsOf: URL(filePath: blob.file)) }

    @Test func aManifestAsItIs() throws {
        let event = try Edge.ask([], Edge.manifest("\(stub.name)/plain/x"))[0].events[0]
        #expect(event.mediaType == "application/vnd.oci.image.index.v1+json")
        #expect(event.digest == "sha256:" + String(repeating: "1", count: 64))
        #expect(event.body?.contains("oci.image.manifest") == true)
    }

    @Test func askedToWait() throws {
        let start = ContinuousClock.now
        #expect(try Edge.ask([], Edge.manifest("\(stub.name)/busy/x"))[0].last.kind == .done)
        #expect(ContinuousClock.now - start < .seconds(4))
        let log = try stub.log().filter { $0["path"]?.text().contains("busy") == true }
        #expect(log.count == 3)
    }

    @Test(arguments: [
        ("toobusy", EdgeEvent.Failure.tooManyRequests), ("binary", .unsupported), ("huge", .tooLarge), ("denied", .denied),
        ("circle", .registry),
    ])
    func failures(_ repository: String, _ failure: EdgeEvent.Failure) throws {
        let last = try Edge.ask([], Edge.manifest("\(stub.name)/\(repository)/x"))[0].last
        #expect(last.failure == failure, "\(last)")
        #expect(last.message?.contains(stub.name) == true && last.message?.contains("\n") == false)
    }

    @Test func troubleThatPasses() throws {
        #expect(try Edge.ask([], Edge.manifest("\(stub.name)/failing/x"))[0].last.kind == .done)
    }

    @Test(arguments: ["plain", "breaks", "stingy"])
    func rangesInParallel(_ repository: String) throws {
        let answer = try fetch(repository, stub.large)
        #expect(answer.last.kind == .done, "\(answer.last)")
        #expect(try matches(stub.large))
        #expect(answer.progress == answer.progress.sorted() && answer.progress.last == stub.large.size)
        #expect(try stub.log().filter { $0["range"] != .null && $0["range"] != nil }.count >= 6)
    }

    @Test func withoutRanges() throws {
        let answer = try fetch("noranges", stub.large)
        #expect(answer.last.kind == .done, "\(answer.last)")
        #expect(try matches(stub.large))
    }

    @Test(arguments: ["plain", "noranges", "breaks"])
    func fromTheMiddle(_ repository: String) throws {
        let content = try Data(contentsOf: URL(filePath: stub.small.file))
        let answer = try fetch(repository, stub.small, offset: 300_000, before: content.prefix(300_000))
        #expect(answer.last.kind == .done, "\(answer.last)")
        #expect(try matches(stub.small))
        #expect(answer.progress.first ?? 0 > 300_000)
    }

    @Test func nothingIsLeftToFetch() throws {
        let content = try Data(contentsOf: URL(filePath: stub.small.file))
        let answer = try fetch("plain", stub.small, offset: stub.small.size, before: content)
        #expect(answer.last.kind == .done)
        #expect(try stub.log().isEmpty)
    }

    @Test func moreThanExpected() throws {
        let answer = try fetch("longer", stub.small)
        #expect(answer.last.failure == .tooLarge, "\(answer.last)")
        #expect(try folder.data("out").count <= Int(stub.small.size))
        var wrong = stub.small
        wrong.size -= 10
        #expect(try fetch("plain", wrong).last.failure == .tooLarge)
        #expect(try folder.data("out").count <= Int(wrong.size))
    }

    @Test func lessThanExpected() throws {
        #expect(try fetch("babble", stub.small).last.failure == .tooLarge)
        #expect(try fetch("shorter", stub.small).last.failure == .registry)
        #expect(try fetch("shifted", stub.large).last.failure == .registry)
    }

    @Test func aConnectionThatAlwaysBreaks() throws {
        let answer = try fetch("hopeless", stub.small)
        #expect(answer.last.failure == .network, "\(answer.last)")
    }

    @Test func redirectsDoNotCarrySecrets() throws {
        let auth = try folder.file(
            "auth.json", Data(#"{"auths":{"\#(stub.name)":{"auth":"\#(Data("joe:secret".utf8).base64EncodedString())"}}}"#.utf8))
        let file = try folder.file("out")
        let answers = try Edge.ask(
            ["--authfile", auth], Edge.manifest("\(stub.name)/secret/x"), Edge.blob("\(stub.name)/away/x", stub.large, into: file)
        )
        for answer in answers { #expect(answer.last.kind == .done, "\(answer.last)") }
        #expect(try matches(stub.large))
        let away = try stub.log().filter { $0["port"] == .integer(Int64(stub.greeting.other)) }
        #expect(away.count >= 6)
        #expect(away.allSatisfy { $0["authorization"] == .null })
    }

    @Test func oneTokenForAll() throws {
        let auth = try folder.file(
            "auth.json", Data(#"{"auths":{"\#(stub.name)":{"auth":"\#(Data("joe:secret".utf8).base64EncodedString())"}}}"#.utf8))
        let manifest = Edge.manifest("\(stub.name)/secret/x")
        let answers = try Edge.ask(
            ["--authfile", auth], manifest, manifest, manifest,
            Edge.blob("\(stub.name)/secret/x", stub.large, into: try folder.file("out")))
        for answer in answers { #expect(answer.last.kind == .done, "\(answer.last)") }
        #expect(try stub.log().filter { $0["path"]?.text().contains("/token") == true }.count == 1)
        #expect(try Edge.ask([], manifest)[0].last.failure == .unauthorized)
    }

    @Test func anIdentityToken() throws {
        let auth = try folder.file("auth.json", Data(#"{"auths":{"\#(stub.name)":{"identitytoken":"identity"}}}"#.utf8))
        #expect(try Edge.ask(["--authfile", auth], Edge.manifest("\(stub.name)/secret/x"))[0].last.kind == .done)
    }

    @Test func listsInPages() throws {
        var few = Edge.other(.tags, repository: "\(stub.name)/paged/x")
        few.limit = 2
        let answers = try Edge.ask(
            [], Edge.other(.tags, repository: "\(stub.name)/paged/x"), few,
            Edge.other(.search, registry: stub.name, term: "alpha"))
        #expect(answers[0].first(.list)?.list == (0..<9).map { "t\($0)" })
        #expect(answers[1].first(.list)?.list == ["t0", "t1"])
        #expect(answers[2].first(.results)?.results?.map(\.name) == ["one/alpha", "alphabet"])
    }

    @Test func referrers() throws {
        var request = Edge.other(.referrers, repository: "\(stub.name)/referred/x")
        request.digest = stub.small.digest
        var filtered = request
        filtered.artifactType = "text/two"
        var none = request
        none.repository = "\(stub.name)/plain/x"
        let bodies = try Edge.ask([], request, filtered, none).map { $0.first(.manifest)?.body ?? "" }
        #expect(bodies[0].contains("text/one") && bodies[0].contains("text/two"))
        #expect(!bodies[1].contains("text/one") && bodies[1].contains("text/two"))
        #expect(bodies[2] == #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#)
    }

    @Test(arguments: ["plain", "whole", "early", "chunky", "snaps"])
    func uploads(_ repository: String) throws {
        var blob = stub.small
        let data = Data((0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) })
        blob.file = try folder.file("new", data)
        blob.size = Int64(data.count)
        blob.digest = try "sha256:" + String(Machine.run("/usr/bin/sha256sum", blob.file).prefix(64))
        let last = try Edge.ask([], Edge.upload("\(stub.name)/\(repository)/x", blob))[0].last
        #expect(last.kind == .done && last.existed == false, "\(last)")
        let patches = try stub.log().filter { $0["method"] == "PATCH" }
        #expect(patches.isEmpty == (repository == "plain"))
        if repository == "snaps" { #expect(patches.first?["contentRange"] != "0-1499999") }
    }

    @Test func aFileThatIsTooShort() throws {
        var blob = stub.small
        blob.digest = "sha256:" + String(repeating: "0", count: 64)
        blob.size += 1
        let last = try Edge.ask([], Edge.upload("\(stub.name)/plain/x", blob))[0].last
        #expect(last.failure == .local, "\(last)")
    }

    @Test func aTokenThatEndsEarly() throws {
        let auth = try folder.file(
            "auth.json", Data(#"{"auths":{"\#(stub.name)":{"auth":"\#(Data("joe:secret".utf8).base64EncodedString())"}}}"#.utf8))
        let answer = try Edge.ask(
            ["--authfile", auth], Edge.blob("\(stub.name)/secret-once/x", stub.large, into: try folder.file("out")))[0]
        #expect(answer.last.kind == .done, "\(answer.last)")
        #expect(try stub.log().filter { $0["path"]?.text().contains("/token") == true }.count == 2)
    }

    @Test func proxies() throws {
        let environment = ["HTTP_PROXY": "http://\(stub.name)", "https_proxy": stub.name, "NO_PROXY": "direct.invalid"]
        let plain = try Edge.ask(
            ["--tls-verify=false"], environment: environment, Edge.manifest("example.invalid/plain/x"),
            Edge.manifest("direct.invalid/plain/x"))
        #expect(plain[0].last.kind == .done, "\(plain[0].last)")
        #expect(plain[1].last.failure == .network)
        #expect(try stub.log().contains { $0["path"] == "example.invalid:80" })
        guard DockerRegistry.isHere else { return }
        let registry = try DockerRegistry(secured: true)
        let tunneled = try Edge.ask(
            ["--tls-verify=false"], environment: environment, Edge.manifest("example.invalid:\(registry.port)/plain/x"))
        #expect(tunneled[0].last.failure == .unauthorized, "\(tunneled[0].last)")
    }

    @Test(arguments: ["nonsense\n", "{\"id\":1}\n", "{\"id\":1,\"operation\":\"x\"}\n", "{\"id\":1"])
    func nonsenseOnStandardInput(_ text: String) throws {
        let child = try Child(Machine.edge, ["transfer"])
        try child.input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        #expect(child.finish() == 2)
    }
}
