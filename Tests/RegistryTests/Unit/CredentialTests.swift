import Foundation
import JSON
import Testing

@testable import Registry

@Suite struct CredentialTests {
    private func file(_ text: String) throws -> AuthFile {
        let path = NSTemporaryDirectory() + "/hako-auth-\(UUID().uuidString).json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try AuthFile(path: path)
    }

    private static func entry(_ user: String) -> String { #"{"auth":"\#(Credentials.base64("\(user):pw:x"))"}"# }

    @Test(arguments: [
        ("quay.io", "team/app", "ns"), ("quay.io", "team", "ns"), ("quay.io", "teammate/app", "host"),
        ("quay.io", "team/app/deep/er", "deep"), ("docker.io", "library/alpine", "docker"), ("localhost:5000", "a", "port"),
        ("localhost", "a", nil), ("old.example.com", "x", "old"),
    ])
    func theLongestKeyThatFits(_ host: String, _ repository: String, _ user: String?) throws {
        let file = try file(
            """
            {"auths": {"quay.io": \(Self.entry("host")), "quay.io/team": \(Self.entry("ns")),
              "quay.io/team/app/deep": \(Self.entry("deep")), "https://index.docker.io/v1/": \(Self.entry("docker")),
              "localhost:5000": \(Self.entry("port")), "https://old.example.com/v2/": \(Self.entry("old")), "localhost": {}}}
            """)
        let found = file.credentials(for: host, repository: repository)
        #expect(found == user.map { .password(username: $0, password: "pw:x") })
    }

    /// Each reads the file, adds its own and writes it; a logout comes between.
    @Test func whoLogsInAtOnceIsKept() async throws {
        let folder = NSTemporaryDirectory() + "/hako-auth-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = RegistryOptions()
        options.authFile = "\(folder)/new/auth.json"
        let store = CredentialStore(options: options)
        let sites = (0..<40).map { Site("host\($0):5000") }
        try await store.keep(Site("gone"), username: "joe", password: "pw")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for site in sites { group.addTask { try await store.keep(site, username: "joe", password: "pw") } }
            group.addTask { _ = try await store.forget(Site("gone")) }
            try await group.waitForAll()
        }
        let kept = try AuthFile(path: "\(folder)/new/auth.json").hosts
        #expect(Set(kept) == Set(sites.map(\.name)))
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/new")
        #expect(files.sorted() == ["auth.json", "auth.json.lock"])
    }

    @Test func identityTokensAndPlainNames() throws {
        let file = try file(
            #"{"auths": {"a": {"auth": "eDo=", "identitytoken": "tok"}, "b": {"username": "u", "password": "p"}, "c": {"auth": "!"}}}"#
        )
        #expect(file.credentials(for: "a", repository: "x") == .identityToken("tok"))
        #expect(file.credentials(for: "b", repository: "x") == .password(username: "u", password: "p"))
        #expect(file.credentials(for: "c", repository: "x") == nil)
    }

    @Test func helpers() throws {
        let file = try file(#"{"credHelpers": {"gcr.io": "gcloud"}, "credsStore": "secretservice"}"#)
        #expect(file.helper(for: "gcr.io", repository: "a/b") == "gcloud")
        #expect(file.helper(for: "quay.io", repository: "a/b") == nil)
        #expect(file.store == "secretservice")
    }

    @Test func whatIsUnknownStays() throws {
        var file = try file(#"{"HttpHeaders": {"X": "y"}, "auths": {"a": {"auth": "eDp5"}, "https://b/v1/": {}}, "z": 1}"#)
        file.set("b", auth: "bmV3")
        #expect(
            JSONValue.object(file.content).text()
                == #"{"HttpHeaders":{"X":"y"},"auths":{"a":{"auth":"eDp5"},"b":{"auth":"bmV3"}},"z":1}"#)
        let removed = [file.remove("a"), file.remove("a"), file.remove(nil)]
        #expect(removed == [true, false, true])
        #expect(JSONValue.object(file.content).text() == #"{"HttpHeaders":{"X":"y"},"auths":{},"z":1}"#)
    }

    @Test func aFileThatIsNone() throws {
        #expect(throws: RegistryError.self) { try file("{") }
        #expect(throws: RegistryError.self) { try file("[]") }
        #expect(try file(" \n").store == nil)
    }

    @Test func whereCredentialsAre() {
        var options = RegistryOptions()
        let environment = ["XDG_RUNTIME_DIR": "/run/u", "HOME": "/h", "DOCKER_CONFIG": ""]
        #expect(
            CredentialStore(options: options) { environment[$0] }.paths
                == ["/run/u/containers/auth.json", "/h/.config/containers/auth.json", "/h/.docker/config.json"])
        #expect(CredentialStore(options: options) { $0 == "REGISTRY_AUTH_FILE" ? "/a" : environment[$0] }.paths == ["/a"])
        options.authFile = "/b"
        #expect(CredentialStore(options: options) { environment[$0] }.paths == ["/b"])
    }
}
