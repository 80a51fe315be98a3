import Foundation
import Testing

/// Debian's docker-registry on a free port of loopback, with the images of .build-images that a test names.
final class Registry {
    let host: String
    private let child: Child
    private let directory: String

    /// - Parameters:
    ///   - hako: the test: the registry's files are below its directory.
    ///   - configuration: further lines of its config.yml.
    init(_ hako: Hako, configuration: String = "") throws {
        directory = hako.path("registry")
        try command("mkdir", "-p", directory)
        let port = try Self.freePort()
        host = "127.0.0.1:\(port)"
        let text = """
            version: 0.1
            log: {level: warn, accesslog: {disabled: false}}
            storage: {filesystem: {rootdirectory: \(directory)/data}, delete: {enabled: true}}
            http: {addr: \(host)}
            \(configuration)
            """
        try text.write(toFile: "\(directory)/config.yml", atomically: true, encoding: .utf8)
        child = try Child(
            ["sh", "-c", "exec docker-registry serve \(directory)/config.yml >\(directory)/log 2>&1"],
            environment: Machine.environment)
        let host = self.host
        #expect(try eventually(within: 20) { try probe("curl", "-fs", "http://\(host)/v2/").status == 0 })
    }

    func push(_ image: String, as name: String? = nil) throws {
        try command(
            "skopeo", "copy", "-q", "--dest-tls-verify=false", "oci:\(Machine.images)/\(image):latest",
            "docker://\(host)/\(name ?? "test/\(image):latest")")
    }

    /// The requests that were made.
    var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

    /// A blob's file.
    func file(_ digest: String) -> String {
        let hex = digest.split(separator: ":").last.map(String.init) ?? ""
        return "\(directory)/data/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
    }

    func stop() {
        child.send(SIGKILL)
        _ = try? child.finish()
    }

    private static func freePort() throws -> Int {
        let outcome = try probe(
            "python3", "-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
        return Int(outcome.text) ?? 0
    }
}

private func probe(_ words: String...) throws -> Outcome { try Child(words, environment: Machine.environment).finish() }

/// A command that has to succeed.
private func command(_ words: String...) throws {
    let outcome = try Child(words, environment: Machine.environment).finish(within: 60)
    guard outcome.status == 0 else { throw HarnessError("\(words.joined(separator: " ")): \(outcome)") }
}

/// Gives a test a registry with images, and ends it.
func withRegistry(_ hako: Hako, _ images: String..., body: (Registry) throws -> Void) throws {
    let registry = try Registry(hako)
    defer { registry.stop() }
    for image in images { try registry.push(image) }
    try body(registry)
}
