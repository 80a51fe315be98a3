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
