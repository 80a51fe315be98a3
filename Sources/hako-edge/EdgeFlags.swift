internal import Flags
internal import Registry

/// Flags of every command of the edge.
struct EdgeFlags: FlagSet {
    var options = RegistryOptions()

    static let flags: [Flag<EdgeFlags>] = [
        .toggle("tls-verify", help: "Ask for HTTPS and for certificates that are vouched for (default true).") {
            $0.options.verifiesTLS = $1
        },
        .value("authfile", of: "FILE", help: "Credentials, in place of those of containers and docker.") {
            $0.options.authFile = $1
        },
        .value("registries-conf", of: "FILE", help: "Mirrors and blocks, in place of /etc/containers/registries.conf.") {
            $0.options.registriesConf = $1
        },
        .value("certs-dir", of: "DIRECTORY", help: "Certificates, beside those of certs.d.") { $0.options.certsDir = $1 },
    ]
}
