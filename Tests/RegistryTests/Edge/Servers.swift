import Crypto
import EdgeProtocol
import Foundation
import JSON
import Testing

/// scripts/registry-stub.py: a registry that misbehaves as its repositories' names say.
final class Stub {
    struct Greeting: JSONRecord {
        var port = 0
        var other = 0
        var small = Blob()
        var large = Blob()
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("port", &port)
            try fields("other", &other)
            var (first, second): (Blob?, Blob?) = (nil, nil)
            try fields("small", &first)
            try fields("large", &second)
            (small, large) = (first ?? small, second ?? large)
        }
    }

    let folder: Folder
    let greeting: Greeting
    private let child: Child

    init() throws {
        folder = try Folder()
        child = try Child(
            "/usr/bin/env", ["python3", Machine.project.appending(path: "scripts/registry-stub.py").path, folder.path])
        guard let line = child.line() else { throw Machine.Problem("the stub does not start") }
        greeting = try Greeting(parsing: line)
    }

    deinit { _ = child.finish() }

    var name: String { "127.0.0.1:\(greeting.port)" }
    var small: Blob { greeting.small }
    var large: Blob { greeting.large }

    /// What was asked of it.
    func log() throws -> [[String: JSONValue]] {
        let json = try JSONValue(parsing: Array(Machine.run("/usr/bin/curl", "-s", "http://\(name)/log").utf8))
        return try json.list { (item) throws(JSONError) in try item.dictionary { (value) throws(JSONError) in value } }
    }
}

/// Debian's docker-registry, on a port and in a folder of its own.
final class DockerRegistry {
    let folder: Folder
    let port: Int
    private let child: Child

    static var isHere: Bool { Machine.has("docker-registry", "htpasswd", "openssl", "python3") }

    /// - Parameters:
    ///   - secured: with TLS, and for the user joe whose password is secret.
    ///   - asksForCertificates: and for clients with a certificate of the same CA.
    init(secured: Bool = false, asksForCertificates: Bool = false) throws {
        folder = try Folder()
        port = try Self.freePort()
        var configuration = """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(folder.path)/data}}
            http: {addr: "127.0.0.1:\(port)"}

            """
        if secured {
            try Self.makeCertificates(in: folder)
            _ = try folder.file("htpasswd", Data(try Machine.run("/usr/bin/htpasswd", "-Bbn", "joe", "secret").utf8))
            configuration += "auth: {htpasswd: {realm: test, path: \(folder.path)/htpasswd}}\n"
            let clients = asksForCertificates ? ", clientcas: [\(folder.path)/certs/ca.crt]" : ""
            configuration = configuration.replacing(
                "\"}\n", with: "\", tls: {certificate: \(folder.path)/server.crt, key: \(folder.path)/server.key\(clients)}}\n")
        }
        child = try Child(
            "/usr/bin/docker-registry", ["serve", try folder.file("config.yml", Data(configuration.utf8))], isQuiet: true)
        for _ in 0..<200 {
            if (try? Machine.run("/usr/bin/env", "python3", "-c", "\(Self.connect)\(port)))")) != nil { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw Machine.Problem("docker-registry does not start")
    }

    deinit { child.stop() }

    var name: String { "127.0.0.1:\(port)" }
    /// A folder with the CA.
    var certificates: String { "\(folder.path)/certs" }

    private static let connect = "import socket; socket.create_connection(('127.0.0.1', "

    private static func freePort() throws -> Int {
        let text = try Machine.run(
            "/usr/bin/env", "python3", "-c",
            "import socket; s=socket.socket(); s.bind(('127.0.0.1',0)); print(s.getsockname()[1])")
        return try #require(Int(text))
    }

    private static func makeCertificates(in folder: Folder) throws {
        let (path, openssl) = (folder.path, "/usr/bin/openssl")
        try FileManager.default.createDirectory(atPath: "\(path)/certs", withIntermediateDirectories: true)
        try Machine.run(
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            "/CN=hako test", "-keyout", "\(path)/ca.key", "-out", "\(path)/certs/ca.crt")
        try Machine.run(
            openssl, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
            "-keyout", "\(path)/server.key", "-out", "\(path)/server.csr")
        let names = try folder.file("names", Data("subjectAltName=IP:127.0.0.1".utf8))
        try Machine.run(
            openssl, "x509", "-req", "-in", "\(path)/server.csr", "-CA", "\(path)/certs/ca.crt", "-CAkey", "\(path)/ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", names, "-out", "\(path)/server.crt")
    }

    /// Random bytes with their digest.
    func blob(_ name: String, size: Int) throws -> Blob {
        var generator = SystemRandomNumberGenerator()
        var data = Data(capacity: size)
        while data.count < size { withUnsafeBytes(of: generator.next()) { data.append(contentsOf: $0) } }
        var blob = Blob()
        blob.file = try folder.file(name, data)
        blob.size = Int64(data.count)
        blob.digest = "sha256:" + SHA256.hash(data: data).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return blob
    }
}
