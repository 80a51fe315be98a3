import Foundation
import Testing

/// Debian's docker-registry on a free port of loopback, with the images of .build-images that a test names.
final class Registry {
    /// Who gets in.
    enum Door {
        case open
        /// TLS with a CA of its own, and the users joe and ann, whose passwords are secret-joe and secret-ann.
        case locked
    }

    let host: String
    private let child: Child
    private let directory: String
    private let door: Door

    /// - Parameter hako: the test: the registry's files are below its directory.
    init(_ hako: Hako, _ door: Door = .open) throws {
        directory = hako.path("registry")
        self.door = door
        try command("mkdir", "-p", directory)
        let port = try Self.freePort()
        host = "127.0.0.1:\(port)"
        var text = """
            version: 0.1
            log: {level: warn, accesslog: {disabled: false}}
            storage: {filesystem: {rootdirectory: \(directory)/data}, delete: {enabled: true}}

            """
        switch door {
        case .open: text += "http: {addr: \(host)}\n"
        case .locked:
            try Self.makeLocks(in: directory)
            text += """
                http: {addr: \(host), tls: {certificate: \(directory)/server.crt, key: \(directory)/server.key}}
                auth: {htpasswd: {realm: test, path: \(directory)/htpasswd}}

                """
        }
        try text.write(toFile: "\(directory)/config.yml", atomically: true, encoding: .utf8)
        child = try Child(
            ["sh", "-c", "exec docker-registry serve \(directory)/config.yml >\(directory)/log 2>&1"],
            environment: Machine.environment)
        let url = door == .open ? "http://\(host)/v2/" : "https://joe:secret-joe@\(host)/v2/"
        #expect(try eventually(within: 20) { try probe("curl", "-fsk", url).status == 0 })
    }

    func push(_ image: String, as name: String? = nil) throws {
        let credentials = door == .open ? [] : ["--dest-creds", "joe:secret-joe"]
        try command(
            ["skopeo", "copy", "-q", "--dest-tls-verify=false"] + credentials
                + ["oci:\(Machine.images)/\(image):latest", "docker://\(host)/\(name ?? "test/\(image):latest")"])
    }

    /// The CA of one that is locked: PEM.
    var authority: String { "\(directory)/ca.crt" }

    /// The requests that were made.
    var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

    /// How often each blob was asked for, by digest.
    var downloads: [String: Int] {
        let asked = log.components(separatedBy: "\n").compactMap { line -> String? in
            guard line.contains("GET /v2/"), let found = line.range(of: "/blobs/sha256:") else { return nil }
            return String(line[found.upperBound...].prefix(64))
        }
        return Dictionary(asked.map { ($0, 1) }, uniquingKeysWith: +)
    }

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

    private static func makeLocks(in directory: String) throws {
        let script = """
            cd \(directory)
            key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            openssl req -x509 $key -days 2 -subj /CN=hako -keyout ca.key -out ca.crt
            openssl req $key -subj /CN=localhost -keyout server.key -out server.csr
            echo subjectAltName=IP:127.0.0.1,DNS:localhost >names
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt
            for user in joe ann; do htpasswd -Bbn -C 4 $user secret-$user; done >htpasswd
            chmod a+r ca.crt
            """
        try command("sh", "-ec", script)
    }
}

private func probe(_ words: String...) throws -> Outcome { try Child(words, environment: Machine.environment).finish() }

/// A command that has to succeed.
func command(_ words: String...) throws { try command(words) }

private func command(_ words: [String]) throws {
    let outcome = try Child(words, environment: Machine.environment).finish(within: 60)
    guard outcome.status == 0 else { throw HarnessError("\(words.joined(separator: " ")): \(outcome)") }
}

/// Gives a test a registry with images, and ends it.
func withRegistry(_ hako: Hako, _ images: String..., door: Registry.Door = .open, body: (Registry) throws -> Void) throws {
    let registry = try Registry(hako, door)
    defer { registry.stop() }
    for image in images { try registry.push(image) }
    try body(registry)
}
