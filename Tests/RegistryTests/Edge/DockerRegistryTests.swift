import EdgeProtocol
import Foundation
import JSON
import Testing

/// The edge against Debian's docker-registry.
@Suite(.serialized, .enabled(if: DockerRegistry.isHere, "needs docker-registry, htpasswd, openssl and python3"))
struct DockerRegistryTests {
    private static func manifest(of blob: Blob) -> String {
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":\
        {"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\(blob.digest)","size":\(blob.size)},"layers":[]}
        """
    }

    private static func put(_ repository: String, _ reference: String, _ body: String) -> EdgeRequest {
        var request = EdgeRequest(.putManifest, id: 0)
        request.repository = repository
        request.reference = reference
        request.mediaType = "application/vnd.oci.image.manifest.v1+json"
        request.body = body
        return request
    }

    @Test func pushAndPull() throws {
        let registry = try DockerRegistry()
        let name = "\(registry.name)/some/thing"
        let small = try registry.blob("small", size: 70_000)
        let large = try registry.blob("large", size: 50 << 20)
        let pushed = try Edge.ask([], Edge.upload(name, small), Edge.upload(name, large))
        for answer in pushed { #expect(answer.last.kind == .done && answer.last.existed == false, "\(answer.last)") }
        #expect(pushed[1].progress == pushed[1].progress.sorted() && pushed[1].progress.last == large.size)

        let again = try Edge.ask(
            [], Edge.upload(name, small), Edge.upload("\(registry.name)/other", large, mountFrom: [name]),
            Self.put(name, "v1", Self.manifest(of: small)), Self.put(name, "v2", Self.manifest(of: small)))
        for answer in again { #expect(answer.last.kind == .done, "\(answer.last)") }
        #expect(again[0].last.existed == true && again[1].last.existed == true)

        let files = try (registry.folder.file("a"), registry.folder.file("b"))
        let pulled = try Edge.ask(
            [], Edge.manifest(name), Edge.blob(name, small, into: files.0),
            Edge.blob("\(registry.name)/other", large, into: files.1),
            Edge.other(.tags, repository: name), Edge.other(.search, registry: registry.name, term: "THING"))
        for answer in pulled { #expect(answer.last.kind == .done, "\(answer.last)") }
        let manifest = try #require(pulled[0].first(.manifest))
        #expect(manifest.body == Self.manifest(of: small))
        #expect(manifest.mediaType == "application/vnd.oci.image.manifest.v1+json")
        #expect(manifest.digest == again[2].last.digest)
        #expect(try registry.folder.data("a") == registry.folder.data("small"))
        #expect(try registry.folder.data("b") == registry.folder.data("large"))
        #expect(pulled[2].progress == pulled[2].progress.sorted() && pulled[2].progress.last == large.size)
        #expect(pulled[3].first(.list)?.list?.sorted() == ["v1", "v2"])
        #expect(pulled[4].first(.results)?.results?.map(\.name) == ["some/thing"])
    }

    @Test func whatIsNotThere() throws {
        let registry = try DockerRegistry()
        let blob = try registry.blob("x", size: 10)
        let answers = try Edge.ask(
            [], Edge.manifest("\(registry.name)/no"), Edge.blob("\(registry.name)/no", blob, into: blob.file),
            Edge.manifest("127.0.0.1:1/no"), Edge.blob("\(registry.name)/no", blob, into: "/nonexistent/x"))
        #expect(answers.map(\.last.failure) == [.notFound, .notFound, .network, .local])
        #expect(answers[0].last.message?.contains(registry.name) == true)
        #expect(answers[2].last.message?.contains("connection refused") == true)
    }

    @Test func tlsAndPasswords() throws {
        let registry = try DockerRegistry(secured: true)
        let authFile = "\(registry.folder.path)/auth/auth.json"
        let known = ["--certs-dir", registry.certificates, "--authfile", authFile]
        let name = "\(registry.name)/locked"
        let blob = try registry.blob("x", size: 40 << 20)

        let strange = try Edge.ask([], Edge.manifest(name))[0].last
        #expect(strange.failure == .tls && strange.message?.contains("--tls-verify=false") == true, "\(strange)")
        #expect(try Edge.ask(known, Edge.manifest(name))[0].last.failure == .unauthorized)
        let wrong = try Edge.ask(known, Edge.login(registry.name, "joe", "wrong"))[0].last
        #expect(wrong.failure == .unauthorized)
        #expect(!FileManager.default.fileExists(atPath: authFile))

        #expect(try Edge.ask(known, Edge.login(registry.name, "joe", "secret"))[0].last.kind == .done)
        let mode = try FileManager.default.attributesOfItem(atPath: authFile)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try Edge.ask(known, Edge.upload(name, blob))[0].last.existed == false)
        let file = try registry.folder.file("out")
        #expect(try Edge.ask(known, Edge.blob(name, blob, into: file))[0].last.kind == .done)
        #expect(try registry.folder.data("out") == registry.folder.data("x"))
        #expect(try Edge.ask(["--tls-verify=false", "--authfile", authFile], Edge.manifest(name))[0].last.failure == .notFound)

        #expect(try Edge.ask(known, Edge.other(.logout, registry: registry.name))[0].last.kind == .done)
        #expect(try Edge.ask(known, Edge.other(.logout, registry: registry.name))[0].last.failure == .notFound)
        #expect(try Edge.ask(known, Edge.manifest(name))[0].last.failure == .unauthorized)
    }

    @Test func certificatesOfClients() throws {
        let registry = try DockerRegistry(secured: true, asksForCertificates: true)
        let flags = ["--certs-dir", registry.certificates]
        let manifest = Edge.manifest("\(registry.name)/x")
        let without = try Edge.ask(flags, manifest)[0].last
        #expect(without.failure == .tls && without.message?.contains("client's certificate") == true, "\(without)")
        for (from, to) in [("server.crt", "client.cert"), ("server.key", "client.key")] {
            try FileManager.default.copyItem(atPath: "\(registry.folder.path)/\(from)", toPath: "\(registry.certificates)/\(to)")
        }
        #expect(try Edge.ask(flags, manifest)[0].last.failure == .unauthorized)
        try FileManager.default.removeItem(atPath: "\(registry.certificates)/client.key")
        let last = try Edge.ask(flags, manifest)[0].last
        #expect(last.failure == .tls && last.message?.contains("client.key") == true, "\(last)")
    }

    @Test func aCredentialHelper() throws {
        let registry = try DockerRegistry(secured: true)
        let folder = registry.folder
        let helper = try folder.file(
            "docker-credential-test",
            Data(
                """
                #!/bin/sh
                read -r line
                echo "$1 $line" >>\(folder.path)/calls
                case $1 in
                get) [ -f \(folder.path)/kept ] || { echo credentials not found in native keychain; exit 1; }
                  echo '{"ServerURL":"x","Username":"joe","Secret":"secret"}' ;;
                store) touch \(folder.path)/kept ;;
                erase) rm \(folder.path)/kept ;;
                esac

                """.utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: helper)
        let authFile = try folder.file("auth.json", Data(#"{"credsStore":"test"}"#.utf8))
        let flags = ["--certs-dir", registry.certificates, "--authfile", authFile]
        let path = ["PATH": "\(folder.path):/usr/bin:/bin"]
        let name = "\(registry.name)/locked"
        #expect(try Edge.ask(flags, environment: path, Edge.manifest(name))[0].last.failure == .unauthorized)
        #expect(try Edge.ask(flags, environment: path, Edge.login(registry.name, "joe", "secret"))[0].last.kind == .done)
        #expect(!String(decoding: try folder.data("auth.json"), as: UTF8.self).contains("secret"))
        #expect(try Edge.ask(flags, environment: path, Edge.manifest(name))[0].last.failure == .notFound)
        #expect(try Edge.ask(flags, environment: path, Edge.other(.logout, registry: registry.name))[0].last.kind == .done)
        #expect(try Edge.ask(flags, environment: path, Edge.manifest(name))[0].last.failure == .unauthorized)
        #expect(String(decoding: try folder.data("calls"), as: UTF8.self).contains("erase \(registry.name)\n"))
    }

    @Test func mirrorsAndBlocks() throws {
        let registry = try DockerRegistry()
        let blob = try registry.blob("x", size: 1000)
        let name = "\(registry.name)/mirrored/library/thing"
        for request in [Edge.upload(name, blob), Self.put(name, "v1", Self.manifest(of: blob))] {
            #expect(try Edge.ask([], request)[0].last.kind == .done)
        }
        let conf = try registry.folder.file(
            "registries.conf",
            Data(
                """
                [[registry]]
                prefix = "example.invalid"
                location = "example.invalid"
                [[registry.mirror]]
                location = "127.0.0.1:1"
                [[registry.mirror]]
                location = "\(registry.name)/mirrored"
                [[registry]]
                location = "blocked.invalid"
                blocked = true
                """.utf8))
        let file = try registry.folder.file("out")
        let answers = try Edge.ask(
            ["--registries-conf", conf], Edge.manifest("example.invalid/library/thing"),
            Edge.blob("example.invalid/library/thing", blob, into: file), Edge.manifest("blocked.invalid/x"))
        #expect(answers[0].first(.manifest)?.source == name)
        #expect(answers[1].last.source == name)
        #expect(try registry.folder.data("out") == registry.folder.data("x"))
        #expect(answers[2].last.failure == .blocked)
    }
}
