internal import EdgeProtocol
internal import Linux
internal import NIOSSL
internal import Synchronization

/// Whose certificates are trusted, and which ones are shown: the machine's roots, and certs.d (containers-certs.d(5)).
///
/// In `/etc/containers/certs.d/HOST:PORT/` and `/etc/docker/certs.d/HOST:PORT/` each `*.crt` is a CA, and `*.cert` with `*.key`
/// is shown to a server that asks.
final class TLSTrust: Sendable {
    private let certsDir: String?
    private let known = Mutex<[Key: TLSConfiguration]>([:])

    private struct Key: Hashable {
        var host: String
        var verifies: Bool
    }

    init(certsDir: String?) { self.certsDir = certsDir }

    func configuration(for host: String, verifies: Bool) throws -> TLSConfiguration {
        let key = Key(host: host, verifies: verifies)
        if let found = known.withLock({ $0[key] }) { return found }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !verifies { configuration.certificateVerification = .none }
        for folder in folders(of: host) { try add(folder, to: &configuration) }
        let result = configuration
        known.withLock { $0[key] = result }
        return result
    }

    private func folders(of host: String) -> [String] {
        var bases = ["/etc/containers/certs.d", "/etc/docker/certs.d"]
        if let home = Environment.value("HOME") { bases.insert("\(home)/.config/containers/certs.d", at: 0) }
        let shared = bases.map { "\($0)/\(host)" }
        guard let certsDir else { return shared }
        return [certsDir, "\(certsDir)/\(host)"] + shared
    }

    private func add(_ folder: String, to configuration: inout TLSConfiguration) throws {
        guard let directory = try? File.open(folder, [.read, .directory]) else { return }
        let names = try directory.list().sorted()
        do {
            for name in names where name.hasSuffix(".crt") {
                let bytes = try File.read("\(folder)/\(name)", limit: 4 << 20)
                configuration.additionalTrustRoots.append(.certificates(try NIOSSLCertificate.fromPEMBytes(bytes)))
            }
            guard let name = names.first(where: { $0.hasSuffix(".cert") }) else { return }
            let key = "\(name.dropLast(5)).key"
            guard names.contains(key) else { throw RegistryError(.tls, "\(folder)/\(name) has no \(key) beside it") }
            let chain = try NIOSSLCertificate.fromPEMBytes(try File.read("\(folder)/\(name)", limit: 4 << 20))
            configuration.certificateChain = chain.map { .certificate($0) }
            let secret = try File.read("\(folder)/\(key)", limit: 1 << 20)
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: secret, format: .pem))
        } catch let error as RegistryError {
            throw error
        } catch {
            throw RegistryError(.tls, "cannot read the certificates in \(folder): \(error)")
        }
    }
}
