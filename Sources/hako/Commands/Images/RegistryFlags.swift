internal import Engine
internal import Flags

/// Flags of what talks to registries.
struct RegistryFlags: FlagSet {
    var verifiesTLS: String?
    var authFile: String?
    var certificates: String?
    var registries: String?

    static let flags: [Flag<Self>] = [
        .optional(
            "tls-verify", of: "BOOL", default: "true", help: "Need HTTPS and a certificate that is valid (default: true)."
        ) { $0.verifiesTLS = $1 },
        .value("authfile", of: "FILE", help: "Where credentials are kept.") { $0.authFile = $1 },
        .value("cert-dir", of: "DIR", help: "Certificates for the registry: *.crt, *.cert and *.key.") { $0.certificates = $1 },
        .value("registries-conf", of: "FILE", help: "Mirrors, blocked and insecure registries.") { $0.registries = $1 },
    ]

    /// The flags again, as they were given.
    var words: [String] {
        [("tls-verify", verifiesTLS), ("authfile", authFile), ("cert-dir", certificates), ("registries-conf", registries)]
            .compactMap { name, value in value.map { "--\(name)=\($0)" } }
    }

    func options() throws(EngineError) -> EdgeOptions {
        var options = EdgeOptions()
        if let verifiesTLS {
            guard let value = Bool(verifiesTLS) else { throw .value("--tls-verify", verifiesTLS, "it is true or false") }
            options.verifiesTLS = value
        }
        options.authFile = authFile
        options.certificates = certificates
        options.registries = registries
        return options
    }
}
